//! The macros that declare arguments.

/// Declares the arguments of a task type: a struct, its reader, its writer and its documentation.
///
/// ```ignore
/// arguments! {
///     /// Sets kernel parameters.
///     pub struct Sysctl {
///         /// The dotted name.
///         name | "key": String,                     // required
///         /// The value.
///         value | "val": Option<String>,             // optional, no default
///         /// Whether it should be set.
///         state: State = State::Present;             // optional with a default
///         ..file: FileArguments;                     // the arguments of a group that several types share
///         /// What `prepare` computed.
///         rendered: Option<String>,                  // after the last `;`: the task's own, not arguments
///     }
/// }
/// ```
/// Generates `struct Sysctl` with public fields and an [`Arguments`](crate::Arguments) implementation, which the
/// `TaskType` implementation uses through [`arguments_of!`](crate::arguments_of). A group is declared in the same way. Group and own fields
/// may both be left out; own fields need a `Default`.
#[macro_export]
macro_rules! arguments {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $Name:ident {
            $( $(#[doc = $doc:literal])* $field:ident $(| $alias:literal)* : $type:ty $(= $default:expr)? ),* $(,)?
            $(; .. $group:ident : $Group:ty )?
            $(; $( $(#[doc = $own_doc:literal])* $own:ident : $own_type:ty ),* $(,)? )?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $Name {
            $( $(#[doc = $doc])* pub $field: $type, )*
            $( #[doc = concat!("The arguments of [`", stringify!($Group), "`].")] pub $group: $Group, )?
            $( $( $(#[doc = $own_doc])* pub $own: $own_type, )* )?
        }

        impl $crate::Arguments for $Name {
            fn fields() -> &'static [$crate::Field] {
                static FIELDS: ::std::sync::LazyLock<Vec<$crate::Field>> = ::std::sync::LazyLock::new(|| {
                    let own = vec![ $( $crate::Field {
                        name: $crate::__private::bare(stringify!($field)),
                        aliases: &[$($alias),*],
                        kind: <$type as $crate::Argument>::kind(),
                        required: $crate::__private::is_required::<$type>() $(&& { let _ = || -> $type { $default }; false })?,
                        default: $crate::__private::shown_default::<$type>({ let none: Option<$type> = None; $(let none = { let _ = none; Some::<$type>($default) };)? none }),
                        doc: concat!($($doc, "\n"),*).trim().to_owned(),
                    } ),* ];
                    let groups: &[&[$crate::Field]] = &[ $( <$Group as $crate::Arguments>::fields() )? ];
                    own.into_iter().chain(groups.concat()).collect()
                });
                &FIELDS
            }

            fn take(reader: &mut $crate::Reader<'_>) -> Option<$Name> {
                let _ = &reader;
                $( let $field: Option<$type> = reader.take::<$type>(
                    $crate::__private::bare(stringify!($field)),
                    { let none: Option<fn() -> $type> = None; $(let none: Option<fn() -> $type> = { let _ = none; Some(|| $default) };)? none },
                ); )*
                $( let $group = <$Group as $crate::Arguments>::take(reader); )?
                Some($Name { $($field: $field?,)* $($group: $group?,)? $($($own: Default::default(),)*)? })
            }

            fn put(&self, writer: &mut $crate::Writer) {
                let _ = &writer;
                $( writer.put::<$type>(
                    $crate::__private::bare(stringify!($field)),
                    &self.$field,
                    { let none: Option<$type> = None; $(let none = { let _ = none; Some::<$type>($default) };)? none },
                ); )*
                $( $crate::Arguments::put(&self.$group, writer); )?
            }

            fn paths(&mut self, visit: &mut dyn FnMut(&mut evenkeel_host::AbsPath)) {
                let _ = &visit;
                $( <$type as $crate::Argument>::paths(&mut self.$field, visit); )*
                $( $crate::Arguments::paths(&mut self.$group, visit); )?
            }
        }
    };
}

/// The four functions of [`crate::TaskType`] that [`arguments!`] provides.
#[macro_export]
macro_rules! arguments_of {
    () => {
        fn fields() -> Vec<$crate::Field> {
            <Self as $crate::Arguments>::fields().to_vec()
        }

        fn parse(
            map: &evenkeel_yaml::Map,
            at: &evenkeel_yaml::Place,
        ) -> ::std::result::Result<Self, Vec<evenkeel_yaml::Problem>> {
            $crate::Reader::read(map, at)
        }

        fn to_map(&self) -> evenkeel_yaml::Map {
            $crate::Writer::write(self)
        }

        fn paths(&mut self, visit: &mut dyn FnMut(&mut evenkeel_host::AbsPath)) {
            $crate::Arguments::paths(self, visit);
        }
    };
}

/// Declares an enum of words, e.g. `state: present`.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $Name:ident { $( $(#[$vmeta:meta])* $Variant:ident = $word:literal $(| $also:literal)* ),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $Name { $( $(#[$vmeta])* $Variant ),* }

        impl $crate::Argument for $Name {
            fn kind() -> String {
                [$($word),*].join(" or ")
            }

            fn read(node: &evenkeel_yaml::Node) -> ::std::result::Result<Self, evenkeel_yaml::Problem> {
                let text = $crate::__private::word(node);
                match text.as_str() {
                    $( $word $(| $also)* => Ok($Name::$Variant), )*
                    _ => Err($crate::__private::bad_word(node, &[$($word),*])),
                }
            }

            fn write(&self) -> evenkeel_yaml::Value {
                evenkeel_yaml::Value::Str(match self { $( $Name::$Variant => $word ),* }.to_owned())
            }
        }
    };
}

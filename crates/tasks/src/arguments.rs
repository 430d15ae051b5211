//! Typed arguments with their documentation, from one declaration.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Module;

mod kinds;

/// A field of a task type, for documentation and completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What it takes: `bool`, `string`, `list of strings`, `present or absent`.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// The default as it would be written.
    pub default: Option<String>,
    /// What it is for.
    pub doc: String,
}

/// A type that an argument can have: read from a rendered node, and written back.
pub trait Argument: Sized {
    /// What documentation calls it.
    fn kind() -> String;
    /// Reads it.
    ///
    /// # Errors
    /// With the place and what was expected.
    fn read(node: &Node) -> Result<Self, Problem>;
    /// Writes it.
    fn write(&self) -> Value;
}

/// A string argument that remembers where it stands, for arguments that name files or hold expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its place.
    pub place: Place,
}

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
///         state: State = State::Present,             // optional with a default
///         ..                                         // fields below are the task's own, not arguments
///         rendered: Option<String>,
///     }
/// }
/// ```
/// Generates `struct Sysctl` with public fields, `Sysctl::fields()`, `Sysctl::parse(..)`, `Sysctl::to_map()`, used by
/// the `TaskType` implementation through [`arguments_of!`].
#[macro_export]
macro_rules! arguments {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $Name:ident {
            $( $(#[doc = $doc:literal])* $field:ident $(| $alias:literal)* : $type:ty $(= $default:expr)? ),* $(,)?
            $(; $( $(#[doc = $own_doc:literal])* $own:ident : $own_type:ty ),* $(,)? )?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $Name {
            $( $(#[doc = $doc])* pub $field: $type, )*
            $( $( $(#[doc = $own_doc])* pub $own: $own_type, )* )?
        }

        impl $Name {
            fn argument_fields() -> Vec<$crate::Field> {
                vec![ $( $crate::Field {
                    name: $crate::__private::bare(stringify!($field)),
                    aliases: &[$($alias),*],
                    kind: <$type as $crate::Argument>::kind(),
                    required: $crate::__private::is_required::<$type>() $(&& { let _ = || -> $type { $default }; false })?,
                    default: $crate::__private::shown_default::<$type>({ let none: Option<$type> = None; $(let none = { let _ = none; Some::<$type>($default) };)? none }),
                    doc: concat!($($doc, "\n"),*).trim().to_owned(),
                } ),* ]
            }

            fn argument_parse(
                map: &evenkeel_yaml::Map,
                at: &evenkeel_yaml::Place,
            ) -> ::std::result::Result<$Name, Vec<evenkeel_yaml::Problem>> {
                let fields = Self::argument_fields();
                let mut reader = $crate::__private::Reader::new(map, at, &fields);
                $( let $field: Option<$type> = reader.take::<$type>(
                    $crate::__private::bare(stringify!($field)),
                    { let none: Option<fn() -> $type> = None; $(let none: Option<fn() -> $type> = { let _ = none; Some(|| $default) };)? none },
                ); )*
                reader.finish()?;
                match ($($field,)*) {
                    ($(Some($field),)*) => Ok($Name { $($field,)* $($($own: Default::default(),)*)? }),
                    #[allow(unreachable_patterns)]
                    _ => Err(Vec::new()),
                }
            }

            fn argument_map(&self) -> evenkeel_yaml::Map {
                let mut writer = $crate::__private::Writer::default();
                $( writer.put::<$type>(
                    $crate::__private::bare(stringify!($field)),
                    &self.$field,
                    { let none: Option<$type> = None; $(let none = { let _ = none; Some::<$type>($default) };)? none },
                ); )*
                writer.finish()
            }
        }
    };
}

/// The three functions of [`crate::TaskType`] that [`arguments!`] provides.
#[macro_export]
macro_rules! arguments_of {
    () => {
        fn fields() -> Vec<$crate::Field> {
            Self::argument_fields()
        }

        fn parse(
            map: &evenkeel_yaml::Map,
            at: &evenkeel_yaml::Place,
        ) -> ::std::result::Result<Self, Vec<evenkeel_yaml::Problem>> {
            Self::argument_parse(map, at)
        }

        fn to_map(&self) -> evenkeel_yaml::Map {
            self.argument_map()
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

/// Turns what stands after a module's name into a mapping.
pub(crate) fn of_node(module: &Module, node: &Node) -> Result<Map, Problem> {
    match (&node.value, module.free_form) {
        (Value::Map(map), _) => Ok(map.clone()),
        (Value::Null, _) => Ok(Map::default()),
        (Value::Str(_), Some(field)) => {
            let key = node.with(Value::Str(field.to_owned()));
            Ok(Map { entries: vec![(key, node.clone())] })
        }
        _ => Err(Problem::error("task::arguments", format!("`{}` takes a mapping, not {}", module.name, node.kind()))
            .at(&node.place, "expected `parameter: value` lines here")),
    }
}

/// What the macros expand to; not for other use.
#[doc(hidden)]
pub mod private {
    use std::any::Any;

    use super::*;

    /// The name without `r#`.
    pub const fn bare(name: &'static str) -> &'static str {
        match name.as_bytes() {
            [b'r', b'#', ..] => name.split_at(2).1,
            _ => name,
        }
    }

    /// Whether a type without a default must be given: everything but options.
    pub fn is_required<T: Argument>() -> bool {
        !T::kind().starts_with("optional ")
    }

    /// A default as it would be written.
    pub fn shown_default<T: Argument>(default: Option<T>) -> Option<String> {
        default.map(|value| shown(&value.write()))
    }

    fn shown(value: &Value) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Bool(true) => "true".to_owned(),
            Value::Bool(false) => "false".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Date(text) | Value::Str(text) => text.clone(),
            Value::Seq(items) => {
                format!("[{}]", items.iter().map(|item| shown(&item.value)).collect::<Vec<_>>().join(", "))
            }
            Value::Map(_) => "{}".to_owned(),
        }
    }

    /// The word of a scalar; booleans as YAML 1.1 words are given back as they were most likely written.
    pub fn word(node: &Node) -> String {
        match &node.value {
            Value::Bool(_) if !node.place.text().is_empty() => node.place.text().to_owned(),
            value => shown(value),
        }
    }

    /// A word that is none of the known ones.
    pub fn bad_word(node: &Node, words: &[&str]) -> Problem {
        let given = word(node);
        let problem = Problem::error("task::value", format!("`{given}` is none of {}", words.join(", ")))
            .at(&node.place, "not one of the known words");
        match nearest(&given, words.iter().copied()) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem,
        }
    }

    /// The most similar name, if any is similar.
    pub fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        names
            .map(|name| (strsim::damerau_levenshtein(given, name), name))
            .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
            .min()
            .map(|(_, name)| name)
    }

    /// Reads the fields of a mapping and collects all findings.
    pub struct Reader<'a> {
        map: &'a Map,
        at: &'a Place,
        fields: &'a [Field],
        problems: Vec<Problem>,
    }

    impl<'a> Reader<'a> {
        /// Over a mapping.
        pub fn new(map: &'a Map, at: &'a Place, fields: &'a [Field]) -> Reader<'a> {
            let mut reader = Reader { map, at, fields, problems: Vec::new() };
            reader.refuse_unknown();
            reader
        }

        fn refuse_unknown(&mut self) {
            let known = || self.fields.iter().flat_map(|f| f.aliases.iter().copied().chain([f.name]));
            for (key, _) in &self.map.entries {
                let name = word(key);
                if known().any(|k| k == name) {
                    continue;
                }
                let problem = Problem::error("task::parameter", format!("`{name}` is no parameter of this task"))
                    .at(&key.place, "unknown parameter");
                self.problems.push(match nearest(&name, known()) {
                    Some(best) => problem.help(format!("did you mean `{best}`?")),
                    None => problem.help(format!("known are {}", known().collect::<Vec<_>>().join(", "))),
                });
            }
        }

        /// Reads a field; `None` means that a problem was noted.
        pub fn take<T: Argument + 'static>(&mut self, name: &'static str, default: Option<fn() -> T>) -> Option<T> {
            let field = self.fields.iter().find(|field| field.name == name)?;
            let mut found = None;
            for (key, value) in &self.map.entries {
                let given = word(key);
                if given != name && !field.aliases.contains(&given.as_str()) {
                    continue;
                }
                if let Some((first, _)) = found {
                    let first: &Node = first;
                    self.problems.push(
                        Problem::error("task::twice", format!("`{name}` is given twice"))
                            .at(&key.place, "second")
                            .related(&first.place, "first"),
                    );
                }
                found = Some((key, value));
            }
            match found {
                Some((_, value)) if !(value.is_null() && (default.is_some() || !is_required::<T>())) => {
                    match T::read(value) {
                        Ok(value) => Some(value),
                        Err(problem) => {
                            self.problems.push(problem.or_at(&value.place, format!("for `{name}`")));
                            None
                        }
                    }
                }
                _ => self.absent(name, default),
            }
        }

        fn absent<T: Argument + 'static>(&mut self, name: &str, default: Option<fn() -> T>) -> Option<T> {
            if let Some(default) = default {
                return Some(default());
            }
            let nothing = Node::new(Value::Null, self.at.clone());
            if !is_required::<T>() {
                return T::read(&nothing).ok();
            }
            self.problems.push(
                Problem::error("task::missing", format!("the parameter `{name}` is missing"))
                    .at(self.at, format!("needs `{name}`")),
            );
            None
        }

        /// All findings.
        pub fn finish(self) -> Result<(), Vec<Problem>> {
            if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
        }
    }

    /// Writes fields that differ from their default.
    #[derive(Default)]
    pub struct Writer {
        map: Map,
    }

    impl Writer {
        /// Writes a field.
        pub fn put<T: Argument + PartialEq + Any>(&mut self, name: &str, value: &T, default: Option<T>) {
            if default.as_ref() == Some(value) {
                return;
            }
            let value = value.write();
            if matches!(value, Value::Null) {
                return;
            }
            let nowhere = Place::nowhere("");
            let key = Node::new(Value::Str(name.to_owned()), nowhere.clone());
            self.map.entries.push((key, Node::new(value, nowhere)));
        }

        /// The mapping.
        pub fn finish(self) -> Map {
            self.map
        }
    }
}

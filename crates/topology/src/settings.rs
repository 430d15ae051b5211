//! Variables of a role: typed, with their default, unit and documentation from one declaration.

mod choice;
mod network;
mod text;
mod time;

pub(crate) use choice::choice;
pub use text::Batch;
pub use text::CpuSet;
pub use text::FilePath;
pub use text::Labels;
pub use text::Memory;
pub use text::Names;
pub use text::Taints;
pub use text::Version;
pub use time::Time;

use crate::reader;

/// A variable of a role, for documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the inventory.
    pub name: &'static str,
    /// The default as it would be written.
    pub default: String,
    /// What a number counts; empty for words.
    pub unit: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// A type that a variable of a role can have.
pub(crate) trait Setting: Sized {
    /// What an error says was expected.
    const EXPECTED: &'static str;
    /// Whether the value must not be shown.
    const SECRET: bool = false;
    /// Reads a rendered value.
    fn read(value: &serde_json::Value) -> Option<Self>;
    /// As it would be written.
    fn show(&self) -> String;
}

/// Declares the variables of a role: a struct, its reader and its documentation.
///
/// Each line is `field: type = default, "name in the inventory", "unit"`.
macro_rules! settings {
    (
        $(#[doc = $about:literal])*
        pub struct $Name:ident {
            $( $(#[doc = $doc:literal])* $field:ident: $type:ty = $default:expr, $variable:literal, $unit:literal; )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Name {
            $( $(#[doc = $doc])* pub $field: $type, )*
        }

        impl $Name {
            /// The variables, for documentation.
            pub fn variables() -> Vec<$crate::settings::Variable> {
                vec![ $( $crate::settings::Variable {
                    name: $variable,
                    default: <$type as $crate::settings::Setting>::show(&$default),
                    unit: $unit,
                    about: concat!($($doc),*).trim_ascii(),
                } ),* ]
            }

            /// Reads the variables of a host.
            pub(crate) fn read(reader: &$crate::reader::Reader<'_>) -> Result<$Name, Vec<evenkeel_yaml::Problem>> {
                let mut problems = Vec::new();
                $( let $field: $type = match reader.setting($variable) {
                    Ok(set) => set.unwrap_or_else(|| $default),
                    Err(problem) => {
                        problems.push(problem);
                        $default
                    }
                }; )*
                if problems.is_empty() { Ok($Name { $($field),* }) } else { Err(problems) }
            }
        }
    };
}
pub(crate) use settings;

/// A password that the model only knows to be there: files name the inventory's variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Password;

impl Setting for Password {
    const EXPECTED: &'static str =
        "a text of 1 to 8 letters, digits and `._+=@%-` (keepalived uses 8 characters)";
    const SECRET: bool = true;

    fn read(value: &serde_json::Value) -> Option<Password> {
        let text = reader::text(value)?;
        let known = |c: char| c.is_ascii_alphanumeric() || "._+=@%-".contains(c);
        ((1..=8).contains(&text.len()) && text.chars().all(known)).then_some(Password)
    }

    fn show(&self) -> String {
        String::new()
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "a boolean";

    fn read(value: &serde_json::Value) -> Option<bool> {
        reader::boolean(value)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for u64 {
    const EXPECTED: &'static str = "a whole number above 0";

    fn read(value: &serde_json::Value) -> Option<u64> {
        reader::number(value).filter(|number| *number > 0)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for u16 {
    const EXPECTED: &'static str = "a port (1 to 65535)";

    fn read(value: &serde_json::Value) -> Option<u16> {
        reader::port(value)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for u8 {
    const EXPECTED: &'static str = "1 to 255";

    fn read(value: &serde_json::Value) -> Option<u8> {
        reader::number(value)
            .and_then(|number| number.try_into().ok())
            .filter(|number| *number > 0)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A name that goes into a file as it is: a word without blanks and quotes, and nothing that a shell or a parser reads.
impl Setting for String {
    const EXPECTED: &'static str = "a name of letters, digits and `._:-`";

    fn read(value: &serde_json::Value) -> Option<String> {
        reader::text(value).filter(|text| is_name(text))
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const SECRET: bool = T::SECRET;

    fn read(value: &serde_json::Value) -> Option<Option<T>> {
        T::read(value).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

/// Whether a text can stand in a configuration file as a name.
pub(crate) fn is_name(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(known)
}

//! Variables that are one of a few words.

/// Declares a variable's type: an enum whose variants are written as words.
macro_rules! choice {
    (
        $(#[doc = $about:literal])*
        pub enum $Name:ident {
            $( $(#[doc = $doc:literal])* $Variant:ident = $word:literal, )*
        }
        expected $expected:literal
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
        pub enum $Name {
            $( $(#[doc = $doc])* #[serde(rename = $word)] $Variant, )*
        }

        impl $Name {
            /// The word that stands for it in an inventory.
            pub const fn word(self) -> &'static str {
                match self {
                    $( $Name::$Variant => $word, )*
                }
            }
        }

        impl $crate::settings::Setting for $Name {
            const EXPECTED: &'static str = $expected;

            fn read(value: &serde_json::Value) -> Option<$Name> {
                match value.as_str()? {
                    $( $word => Some($Name::$Variant), )*
                    _ => None,
                }
            }

            fn show(&self) -> String {
                self.word().to_owned()
            }
        }
    };
}
pub(crate) use choice;

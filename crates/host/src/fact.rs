//! Facts: typed questions that a command answers.

use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a program returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Exit code; 128 + N when a signal N ended it, 124 when it ran out of time.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Seconds from start to end.
    pub seconds: f64,
}

impl Output {
    /// Standard output as text, invalid UTF-8 replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }
}

/// A typed question about a machine: a family of questions that one command answers together, and a pure parser.
///
/// Obligations: `script` only reads, and runs in a POSIX shell with two forks at most; it is given all keys of the
/// family that are asked in one round trip, and its output answers them all. `parse` picks its own key's part and
/// never panics on any output. Reader and writer of a prediction share the type, so a key cannot be misspelt.
pub trait Fact: Clone + fmt::Debug + Send + Sync + 'static {
    /// The value.
    type Value: Serialize + DeserializeOwned + PartialEq + fmt::Debug;

    /// The family's name, e.g. `package`.
    const FAMILY: &'static str;

    /// The key within the family, e.g. `haproxy`.
    fn key(&self) -> String;

    /// A shell script that answers the question for all `keys`; quote them with [`crate::quote`].
    fn script(keys: &[&str]) -> String;

    /// Reads this key's value from the script's output.
    ///
    /// # Errors
    /// With the reason, when the output cannot be understood.
    fn parse(&self, output: &Output) -> Result<Self::Value, String>;
}

/// The identity of a fact: family and key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Key {
    /// The family.
    pub family: &'static str,
    /// The key within the family.
    pub key: Arc<str>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.key)
    }
}

/// Reads a value in the output of its family's script.
type Parse = dyn Fn(&Output) -> Result<serde_json::Value, String> + Send + Sync;

/// A [`Fact`] of any type. Two are equal when family and key are.
#[derive(Clone)]
pub struct AnyFact {
    key: Key,
    script: fn(&[&str]) -> String,
    parse: Arc<Parse>,
}

impl AnyFact {
    /// Erases the type.
    pub fn new<F: Fact>(fact: F) -> AnyFact {
        let key = Key {
            family: F::FAMILY,
            key: fact.key().into(),
        };
        let parse = move |output: &Output| {
            serde_json::to_value(fact.parse(output)?).map_err(|error| error.to_string())
        };
        AnyFact {
            key,
            script: F::script,
            parse: Arc::new(parse),
        }
    }

    /// Family and key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The script that answers all `keys` of this family.
    pub fn script(&self, keys: &[&str]) -> String {
        (self.script)(keys)
    }

    /// This fact's value in the family's output, as JSON.
    ///
    /// # Errors
    /// With the reason, when the output cannot be understood.
    pub fn parse(&self, output: &Output) -> Result<serde_json::Value, String> {
        (self.parse)(output)
    }
}

impl PartialEq for AnyFact {
    fn eq(&self, other: &AnyFact) -> bool {
        self.key == other.key
    }
}

impl Eq for AnyFact {}

impl Hash for AnyFact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Debug for AnyFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)
    }
}

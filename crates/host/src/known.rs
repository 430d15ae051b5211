//! What is known, and what cannot be known before a change has happened.

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

/// A value, or the statement that it is known only after apply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Known<T> {
    /// The value.
    Is(T),
    /// Known after apply, with what it depends on (`installing haproxy`).
    Unknown(Arc<str>),
}

impl<T> Known<T> {
    /// An unknown value that depends on `why`.
    pub fn unknown(why: impl Into<Arc<str>>) -> Known<T> {
        Known::Unknown(why.into())
    }

    /// Applies a function to the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Is(value) => Known::Is(f(value)),
            Known::Unknown(why) => Known::Unknown(why),
        }
    }

    /// Chains a computation that may itself be unknown.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self {
            Known::Is(value) => f(value),
            Known::Unknown(why) => Known::Unknown(why),
        }
    }

    /// The value, if it is known.
    pub fn ok(self) -> Option<T> {
        match self {
            Known::Is(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }

    /// The same over a reference.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Known::Is(value) => Known::Is(value),
            Known::Unknown(why) => Known::Unknown(Arc::clone(why)),
        }
    }

    /// What the value depends on, if it is unknown.
    pub fn why(&self) -> Option<&str> {
        match self {
            Known::Is(_) => None,
            Known::Unknown(why) => Some(why),
        }
    }
}

/// Whether what was found is what was predicted: parts of the prediction that are [`Known::Unknown`] (the number of a
/// user that would be created) fit anything.
pub fn agrees(predicted: &serde_json::Value, found: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (predicted, found) {
        (Value::Object(part), _) if part.len() == 1 && part.contains_key("Unknown") => true,
        (Value::Object(predicted), Value::Object(found)) => {
            predicted.len() == found.len()
                && predicted
                    .iter()
                    .all(|(key, value)| found.get(key).is_some_and(|found| agrees(value, found)))
        }
        (Value::Array(predicted), Value::Array(found)) => {
            predicted.len() == found.len() && predicted.iter().zip(found).all(|(a, b)| agrees(a, b))
        }
        _ => predicted == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_part_fits_anything() {
        let predicted = serde_json::json!({"name": "app", "uid": Known::<u32>::unknown("creating app")});
        let found = |name: &str| serde_json::json!({"name": name, "uid": Known::Is(1001)});
        assert!(agrees(&predicted, &found("app")));
        assert!(!agrees(&predicted, &found("other")));
        assert!(!agrees(&predicted, &serde_json::Value::Null));
    }
}

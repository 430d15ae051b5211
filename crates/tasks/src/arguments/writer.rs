//! Writes the fields of a mapping.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;

use super::Argument;
use super::Arguments;

/// Writes fields that differ from their default.
#[derive(Default)]
pub struct Writer {
    map: Map,
}

impl Writer {
    /// The mapping that reads back as these arguments.
    pub fn write<T: Arguments>(arguments: &T) -> Map {
        let mut writer = Writer::default();
        arguments.put(&mut writer);
        writer.map
    }

    /// Writes a field.
    pub fn put<T: Argument + PartialEq>(&mut self, name: &str, value: &T, default: Option<T>) {
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
}

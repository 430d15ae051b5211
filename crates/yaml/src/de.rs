//! Nodes into Rust types, with the place of what does not fit.

mod error;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::EnumAccess;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::VariantAccess;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use crate::Node;
use crate::Problem;
use crate::Value;
use error::Mismatch;

/// Reads a typed value from a node.
///
/// Types are taken strictly: a string is no number and no boolean. A mapping becomes a struct or map, a list a
/// `Vec` or tuple, null an absent `Option`; an enum is the name of its variant, or a mapping of one entry.
///
/// # Errors
/// What does not fit, with its place; for an unknown key (`deny_unknown_fields`) the nearest known one.
///
/// ```
/// use evenkeel_yaml::{Source, from_node, load_one};
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Port { number: u16 }
/// let (node, _) = load_one(&Source::new("p.yml", "number: 80"))?;
/// assert_eq!(from_node::<Port>(&node)?.number, 80);
/// let (node, _) = load_one(&Source::new("p.yml", "numbr: 80"))?;
/// assert_eq!(from_node::<Port>(&node).map(|port| port.number).unwrap_err().help, ["did you mean `number`?"]);
/// # Ok::<(), evenkeel_yaml::Problem>(())
/// ```
pub fn from_node<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, Problem> {
    T::deserialize(Reader { node }).map_err(|mismatch| mismatch.into_problem(node))
}

/// A node as serde's deserializer.
#[derive(Clone, Copy)]
struct Reader<'de> {
    node: &'de Node,
}

impl<'de> Reader<'de> {
    /// Runs a visitor and gives its error this node's place, unless it has one.
    fn placed<T>(self, result: Result<T, Mismatch>) -> Result<T, Mismatch> {
        result.map_err(|mismatch| mismatch.at(self.node))
    }

    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Int(number) => integer(*number, visitor),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Date(text) | Value::Str(text) => visitor.visit_borrowed_str(text),
            Value::Seq(items) => visitor.visit_seq(Items { items: items.iter() }),
            Value::Map(map) => visitor.visit_map(Entries {
                entries: map.entries.iter(),
                value: None,
            }),
        }
    }
}

fn integer<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, Mismatch> {
    if let Ok(number) = i64::try_from(number) {
        visitor.visit_i64(number)
    } else if let Ok(number) = u64::try_from(number) {
        visitor.visit_u64(number)
    } else {
        visitor.visit_i128(number)
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.placed(self.visit(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.node.is_null() {
            self.placed(visitor.visit_none())
        } else {
            self.placed(visitor.visit_some(self))
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.placed(visitor.visit_newtype_struct(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let (name, content) = match self.node.as_map().map(|map| map.entries.as_slice()) {
            Some([(name, content)]) => (name, Some(content)),
            Some(_) => {
                return Err(Mismatch::new("expected a name, or a mapping with one entry").at(self.node));
            }
            None => (self.node, None),
        };
        self.placed(visitor.visit_enum(Variant { name, content }))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Node>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.items
            .next()
            .map(|node| seed.deserialize(Reader { node }))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, (Node, Node)>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(Reader { node: key })
            .map(Some)
            .map_err(|mismatch| mismatch.at_key(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let node = self
            .value
            .take()
            .ok_or_else(|| Mismatch::new("a value was read before its key"))?;
        seed.deserialize(Reader { node })
            .map_err(|mismatch| mismatch.at(node))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

struct Variant<'de> {
    name: &'de Node,
    content: Option<&'de Node>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = Variant<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Variant<'de>), Mismatch> {
        let variant = seed
            .deserialize(Reader { node: self.name })
            .map_err(|mismatch| mismatch.at(self.name))?;
        Ok((variant, self))
    }
}

impl<'de> Variant<'de> {
    fn content(&self) -> Result<Reader<'de>, Mismatch> {
        let node = self
            .content
            .ok_or_else(|| Mismatch::new("expected a mapping of this name to its value"))?;
        Ok(Reader { node })
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.content {
            Some(node) if !node.is_null() => Err(Mismatch::new("this name takes no value").at(node)),
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.content()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.content()?.deserialize_any(visitor)
    }
}

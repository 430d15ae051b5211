//! The grammar of literals: numbers, strings, tuples, lists, sets, dictionaries, constants.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;

use super::number::number;
use super::text::string;

/// Python's own parser gives up near this depth, too.
const MAX_DEPTH: usize = 90;

pub(super) struct Parser<'a> {
    rest: &'a str,
    place: &'a Place,
    depth: usize,
}

/// A value, and whether it is a number without a sign: only those take one.
struct Operand {
    node: Node,
    number: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, place: &'a Place) -> Parser<'a> {
        Parser {
            rest: text,
            place,
            depth: 0,
        }
    }

    /// The whole text as one literal; a comma makes it a list.
    pub(super) fn whole(mut self) -> Option<Node> {
        let operand = self.items(None)?;
        self.skip();
        self.rest.is_empty().then_some(operand.node)
    }

    /// Expressions divided by commas up to a closing bracket or the end; one without a comma is itself.
    fn items(&mut self, close: Option<char>) -> Option<Operand> {
        let first = self.expression()?;
        if !self.eat(',') {
            return Some(first);
        }
        let mut items = vec![first.node];
        while !self.at_end(close) {
            items.push(self.expression()?.node);
            if !self.eat(',') {
                break;
            }
        }
        Some(self.other(Value::Seq(items)))
    }

    fn expression(&mut self) -> Option<Operand> {
        self.skip();
        if !self.rest.starts_with(['+', '-']) {
            return self.atom();
        }
        let negative = self.rest.starts_with('-');
        self.rest = &self.rest[1..];
        let operand = self.atom().filter(|operand| operand.number)?;
        let value = match operand.node.value {
            Value::Int(int) if negative => Value::Int(int.checked_neg()?),
            Value::Float(float) if negative => Value::Float(-float),
            value => value,
        };
        Some(self.other(value))
    }

    fn atom(&mut self) -> Option<Operand> {
        self.skip();
        match self.rest.chars().next()? {
            '(' => self.nested(Parser::parenthesis),
            '[' => self.nested(Parser::list),
            '{' => self.nested(Parser::braces),
            '0'..='9' => self.number(),
            '.' if !self.rest.starts_with("...") => self.number(),
            _ => self.constant().or_else(|| self.strings()),
        }
    }

    fn number(&mut self) -> Option<Operand> {
        let (value, len) = number(self.rest)?;
        self.rest = &self.rest[len..];
        Some(Operand {
            node: self.node(value),
            number: true,
        })
    }

    fn constant(&mut self) -> Option<Operand> {
        let words = [
            ("True", Value::Bool(true)),
            ("False", Value::Bool(false)),
            ("None", Value::Null),
            ("...", Value::Str("...".to_owned())),
            ("set()", Value::Seq(Vec::new())),
        ];
        for (word, value) in words {
            let Some(rest) = self.rest.strip_prefix(word) else {
                continue;
            };
            if !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '"')) {
                self.rest = rest;
                return Some(self.other(value));
            }
        }
        None
    }

    /// One or more string literals; neighbours are joined.
    fn strings(&mut self) -> Option<Operand> {
        let first = string(self.rest)?;
        let (mut text, bytes) = (first.text, first.bytes);
        self.rest = &self.rest[first.len..];
        loop {
            self.skip();
            let Some(next) = string(self.rest) else { break };
            if next.bytes != bytes {
                return None;
            }
            text.push_str(&next.text);
            self.rest = &self.rest[next.len..];
        }
        let mut operand = self.other(Value::Str(text));
        if bytes {
            operand.node.tag = Some("!unsafe".into());
        }
        Some(operand)
    }

    fn nested(&mut self, inner: impl Fn(&mut Self) -> Option<Operand>) -> Option<Operand> {
        self.rest = &self.rest[1..];
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let operand = inner(self);
        self.depth -= 1;
        operand
    }

    fn parenthesis(&mut self) -> Option<Operand> {
        if self.eat(')') {
            return Some(self.other(Value::Seq(Vec::new())));
        }
        let operand = self.items(Some(')'))?;
        self.eat(')').then_some(operand)
    }

    fn list(&mut self) -> Option<Operand> {
        let mut items = Vec::new();
        while !self.eat(']') {
            items.push(self.expression()?.node);
            if !self.eat(',') {
                if !self.eat(']') {
                    return None;
                }
                break;
            }
        }
        Some(self.other(Value::Seq(items)))
    }

    /// A dictionary or a set; sets become lists in the order written.
    fn braces(&mut self) -> Option<Operand> {
        if self.eat('}') {
            return Some(self.other(Value::Map(Map::default())));
        }
        let first = self.key()?;
        if self.eat(':') {
            return self.dictionary(first);
        }
        let mut items: Vec<Node> = vec![first];
        while self.eat(',') && !self.at_end(Some('}')) {
            let item = self.key()?;
            if !items.iter().any(|seen| seen.value == item.value) {
                items.push(item);
            }
        }
        let set = self.other(Value::Seq(items));
        self.eat('}').then_some(set)
    }

    fn dictionary(&mut self, first: Node) -> Option<Operand> {
        let mut map = Map::default();
        let mut key = first;
        loop {
            let value = self.expression()?.node;
            match map.entries.iter_mut().find(|(seen, _)| seen.value == key.value) {
                Some(entry) => entry.1 = value,
                None => map.entries.push((key, value)),
            }
            if !self.eat(',') || self.at_end(Some('}')) {
                break;
            }
            key = self.key()?;
            if !self.eat(':') {
                return None;
            }
        }
        let dictionary = self.other(Value::Map(map));
        self.eat('}').then_some(dictionary)
    }

    /// An expression that Python can hash: no list, no dictionary, no set.
    fn key(&mut self) -> Option<Node> {
        self.skip();
        let hashable = !self.rest.starts_with(['[', '{']) && !self.rest.starts_with("set()");
        let node = self.expression()?.node;
        hashable.then_some(node)
    }

    fn node(&self, value: Value) -> Node {
        Node::new(value, self.place.clone())
    }

    fn other(&self, value: Value) -> Operand {
        Operand {
            node: self.node(value),
            number: false,
        }
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\u{c}']);
        if self.rest.starts_with('#') {
            self.rest = "";
        }
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn at_end(&mut self, close: Option<char>) -> bool {
        self.skip();
        match close {
            Some(close) => self.rest.starts_with(close),
            None => self.rest.is_empty(),
        }
    }
}

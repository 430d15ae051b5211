//! What a match is replaced with.

use super::Match;
use super::Pattern;

/// A replacement as `re.sub` and `Match.expand` take it: `\1`, `\g<name>`, `\n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads a replacement for the matches of a pattern.
    ///
    /// # Errors
    /// With Python's reason: an escape that it does not know, a group that the pattern does not have.
    pub fn new(text: &str, pattern: &Pattern) -> Result<Replacement, String> {
        let mut reader = Reader {
            rest: text,
            pattern,
            parts: Vec::new(),
        };
        while let Some(at) = reader.rest.find('\\') {
            let (before, after) = reader.rest.split_at(at);
            reader.text(before);
            reader.rest = &after[1..];
            reader.escape()?;
        }
        let rest = reader.rest;
        reader.text(rest);
        Ok(Replacement { parts: reader.parts })
    }

    /// A text that stands for itself.
    pub fn literal(text: &str) -> Replacement {
        Replacement {
            parts: vec![Part::Text(text.to_owned())],
        }
    }

    /// Appends what a match is replaced with; a group that took no part is empty.
    pub fn expand(&self, text: &str, found: &Match, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(index) => out.push_str(found.group(text, *index).unwrap_or("")),
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    pattern: &'a Pattern,
    parts: Vec<Part>,
}

impl Reader<'_> {
    fn text(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    fn group(&mut self, index: usize) -> Result<(), String> {
        if index > self.pattern.groups() {
            return Err(format!("invalid group reference {index}"));
        }
        self.parts.push(Part::Group(index));
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let c = self.rest.chars().next().ok_or("bad escape (end of pattern)")?;
        if c.is_ascii_digit() {
            return self.number(c);
        }
        self.rest = &self.rest[c.len_utf8()..];
        let control = match c {
            'g' => return self.named(),
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            c if c.is_ascii_alphabetic() => return Err(format!("bad escape \\{c}")),
            c => {
                self.text("\\");
                c
            }
        };
        self.text(control.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn number(&mut self, first: char) -> Result<(), String> {
        let octal = self
            .rest
            .chars()
            .take(3)
            .take_while(|c| ('0'..='7').contains(c))
            .count();
        if first == '0' || octal == 3 {
            let length = octal.min(if first == '0' { 2.max(octal) } else { 3 });
            let code = u32::from_str_radix(&self.rest[..length], 8).map_err(|error| error.to_string())?;
            self.rest = &self.rest[length..];
            let c = char::from_u32(code)
                .filter(|_| code < 0o400)
                .ok_or("octal escape value outside of range 0-0o377")?;
            self.text(c.encode_utf8(&mut [0; 4]));
            return Ok(());
        }
        let length = self.rest.chars().take(2).take_while(char::is_ascii_digit).count();
        let index = self.rest[..length]
            .parse()
            .map_err(|_| "invalid group reference")?;
        self.rest = &self.rest[length..];
        self.group(index)
    }

    fn named(&mut self) -> Result<(), String> {
        let inner = self.rest.strip_prefix('<').ok_or("missing <")?;
        let end = inner.find('>').ok_or("missing >, unterminated name")?;
        let name = &inner[..end];
        self.rest = &inner[end + 1..];
        let index = match name.parse() {
            Ok(index) => index,
            Err(_) => self
                .pattern
                .group_index(name)
                .ok_or_else(|| format!("unknown group name '{name}'"))?,
        };
        self.group(index)
    }
}

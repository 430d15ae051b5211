//! Python's regular expressions (`re`), as playbooks hold them.
//!
//! A pattern is translated to the dialect of `fancy-regex`; what Python refuses is refused with Python's reason.

use std::collections::HashMap;

mod replacement;
mod translate;

pub use replacement::Replacement;

/// How a pattern is read, beside what `(?imsx)` in it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// `^` and `$` match at lines.
    pub multiline: bool,
    /// `.` matches newlines too.
    pub dot_all: bool,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: fancy_regex::Regex,
    /// Number of each named group.
    names: HashMap<String, usize>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text && self.regex.as_str() == other.regex.as_str()
    }
}

/// One match: the spans of group 0 and all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Byte ranges; `None` where a group took no part.
    pub groups: Vec<Option<(usize, usize)>>,
}

impl Match {
    /// Where it begins.
    pub fn start(&self) -> usize {
        self.span().0
    }

    /// Where it ends.
    pub fn end(&self) -> usize {
        self.span().1
    }

    fn span(&self) -> (usize, usize) {
        self.groups.first().copied().flatten().unwrap_or_default()
    }

    /// The text of a group; `None` when it took no part or does not exist.
    pub fn group<'t>(&self, text: &'t str, index: usize) -> Option<&'t str> {
        let (start, end) = self.groups.get(index).copied().flatten()?;
        text.get(start..end)
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// With the reason, when Python would refuse it or it cannot be translated.
    pub fn new(text: &str) -> Result<Pattern, String> {
        Pattern::with(text, Flags::default())
    }

    /// Reads a pattern with flags.
    ///
    /// # Errors
    /// As [`Pattern::new`].
    pub fn with(text: &str, flags: Flags) -> Result<Pattern, String> {
        let translated = translate::pattern(text, flags)?;
        let regex = fancy_regex::Regex::new(&translated).map_err(|error| error.to_string())?;
        let mut names = HashMap::new();
        for (index, name) in regex.capture_names().enumerate() {
            let Some(name) = name else { continue };
            if names.insert(name.to_owned(), index).is_some() {
                return Err(format!("redefinition of group name '{name}'"));
            }
        }
        Ok(Pattern {
            text: text.to_owned(),
            regex,
            names,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether its beginning says that `^` and `$` match at lines (`(?m)`).
    pub fn is_multiline(&self) -> bool {
        let flags = self.text.strip_prefix("(?").and_then(|rest| rest.split_once(')'));
        flags.is_some_and(|(flags, _)| flags.contains('m') && flags.chars().all(|c| "aiLmsux".contains(c)))
    }

    /// How many groups it has, group 0 not counted.
    pub fn groups(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }

    /// The number of a named group.
    pub fn group_index(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Whether it matches anywhere (`re.search`).
    ///
    /// # Errors
    /// When the search takes too many steps.
    pub fn is_match(&self, text: &str) -> Result<bool, String> {
        self.regex.is_match(text).map_err(|error| error.to_string())
    }

    /// The first match from a position on (`re.search`).
    ///
    /// # Errors
    /// As [`Pattern::is_match`].
    pub fn search_at(&self, text: &str, from: usize) -> Result<Option<Match>, String> {
        let found = self
            .regex
            .captures_from_pos(text, from)
            .map_err(|error| error.to_string())?;
        Ok(found.map(|captures| {
            let groups =
                (0..captures.len()).map(|index| captures.get(index).map(|at| (at.start(), at.end())));
            Match {
                groups: groups.collect(),
            }
        }))
    }

    /// The first match (`re.search`).
    ///
    /// # Errors
    /// As [`Pattern::is_match`].
    pub fn search(&self, text: &str) -> Result<Option<Match>, String> {
        self.search_at(text, 0)
    }

    /// All matches (`re.finditer`); an empty one may follow right after another that is not empty, as in Python.
    ///
    /// # Errors
    /// As [`Pattern::is_match`].
    pub fn find_all(&self, text: &str) -> Result<Vec<Match>, String> {
        let (mut all, mut from) = (Vec::new(), 0);
        while from <= text.len() {
            let Some(found) = self.search_at(text, from)? else {
                break;
            };
            let (start, end) = (found.start(), found.end());
            all.push(found);
            from = if end > start {
                end
            } else {
                end + text[end..].chars().next().map_or(1, char::len_utf8)
            };
        }
        Ok(all)
    }

    /// Replaces the first `count` matches, all when it is 0 (`re.sub`); also says how many.
    ///
    /// # Errors
    /// As [`Pattern::is_match`].
    pub fn replace(&self, text: &str, with: &Replacement, count: usize) -> Result<(String, usize), String> {
        let (mut out, mut last, mut done) = (String::with_capacity(text.len()), 0, 0);
        let limit = if count == 0 { usize::MAX } else { count };
        for found in self.find_all(text)?.iter().take(limit) {
            out.push_str(&text[last..found.start()]);
            with.expand(text, found, &mut out);
            last = found.end();
            done += 1;
        }
        out.push_str(&text[last..]);
        Ok((out, done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sub(pattern: &str, with: &str, text: &str) -> String {
        let pattern = Pattern::new(pattern).expect(pattern);
        let with = Replacement::new(with, &pattern).expect(with);
        pattern.replace(text, &with, 0).expect("a result").0
    }

    /// Expected values: `re.sub` of Python 3.11.
    #[test]
    fn substitutes_as_python() {
        for (pattern, with, text, expected) in [
            (r"(\w+)=(\w+)", r"\2=\1", "a=b c=d", "b=a d=c"),
            (r"(?P<k>\w+)=", r"\g<k>: ", "a=b", "a: b"),
            (r"(a)(b)?", r"[\1\2]", "a ab", "[a] [ab]"),
            ("x*", "-", "abxd", "-a-b--d-"),
            (r"\d{2,}", "#", "1 22 333", "1 # #"),
            (r"a{,2}b", "#", "aaab b", "a# #"),
            (r"{mark}", "X", "a {mark} b", "a X b"),
            (r"[[a]", "_", "[a]b", "__]b"),
            (r"[]a]", "_", "[a]b", "[__b"),
            (r"[a&&b~~\-]", "_", "a&b~-c", "_____c"),
            (r"$", "!", "a\n", "a!\n!"),
            (r"a\Z", "!", "a\na", "a\n!"),
            (r"\<a\>", "!", "<a>", "!"),
            (r"(?i)AB(?#note)c", "!", "abC", "!"),
            (r"(?m)^x$", "!", "x\ny\nx", "!\ny\n!"),
            (r"(?s)a.b", "!", "a\nb", "!"),
            (r"\Aa|\012", "!", "a\na", "!!a"),
            (r"(a)(?P<n>b)\1(?P=n)", "!", "abab", "!"),
            (r"(?<!a)b", "!", "ab b", "ab !"),
            ("(?x) a b # note\n c", "!", "abc", "!"),
            (r"\x41\u00e4\-\ ", "!", "Aä- ", "!"),
            ("[a-]", "_", "a-b", "__b"),
            (r"[\--a]", "_", "-Aab", "___b"),
            ("[+--]", "_", "+,-.", "___."),
            (r"[\w-]", "_", "a-+", "__+"),
            ("[a-z-9]", "_", "b-9c5", "____5"),
            ("[^]a]", "_", "]ab", "]a_"),
            ("[ #]", "_", "a #", "a__"),
            ("(?i:A)a", "_", "aaAA", "_AA"),
            ("^a", "!", "a\na", "!\na"),
            (r"\bfoo\b", "!", "foo foobar", "! foobar"),
            ("a|", "-", "ba", "-b--"),
            (r"\.conf$", "!", "a.conf\n", "a!\n"),
            (r"\$\{x\}", "!", "${x}", "!"),
            ("a", r"\\n\n\t\g<0>", "a", "\\n\n\ta"),
            ("(a)", r"\g<1>0", "a", "a0"),
        ] {
            assert_eq!(sub(pattern, with, text), expected, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_python_refuses() {
        for pattern in [
            r"\q",
            r"[\y]",
            "(",
            "a)",
            "[a",
            "*a",
            r"\8",
            "(?P<n>a)(?P<n>b)",
            "a**",
        ] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
        let pattern = Pattern::new("(a)").expect("a pattern");
        for with in [r"\2", r"\q", r"\g<x>", r"\g<", r"\g<9>"] {
            assert!(Replacement::new(with, &pattern).is_err(), "{with}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(pattern in r"[\\\[\](){}^$.*+?|a-c0-9P<>=!:#&~\-, \n]{0,20}", with in r"[\\g<>a-c0-9n]{0,10}", text in "[a-c0-9\n]{0,20}") {
            if let Ok(pattern) = Pattern::new(&pattern)
                && let Ok(with) = Replacement::new(&with, &pattern)
            {
                let _ = pattern.replace(&text, &with, 0);
            }
        }
    }
}

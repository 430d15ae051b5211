//! From Python's dialect to that of `fancy-regex`.

use super::Flags;

/// Translates a pattern.
pub(super) fn pattern(text: &str, flags: Flags) -> Result<String, String> {
    let chars: Vec<char> = text.chars().collect();
    let scope = Scope {
        multiline: flags.multiline,
        verbose: false,
    };
    let mut translator = Translator {
        chars,
        at: 0,
        out: String::new(),
        scopes: vec![scope],
    };
    for (set, letter) in [
        (flags.ignore_case, 'i'),
        (flags.multiline, 'm'),
        (flags.dot_all, 's'),
    ] {
        if set {
            translator.out += &format!("(?{letter})");
        }
    }
    translator.run()?;
    Ok(translator.out)
}

/// What the flags in force change in the translation.
#[derive(Clone, Copy)]
struct Scope {
    multiline: bool,
    verbose: bool,
}

struct Translator {
    chars: Vec<char>,
    at: usize,
    out: String,
    /// Flags in force, one for each open group.
    scopes: Vec<Scope>,
}

impl Translator {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn rest_starts(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    fn scope(&self) -> Scope {
        self.scopes.last().copied().unwrap_or(Scope {
            multiline: false,
            verbose: false,
        })
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                ')' => {
                    if self.scopes.len() < 2 {
                        return Err(format!("unbalanced parenthesis at position {}", self.at - 1));
                    }
                    self.scopes.pop();
                    self.out.push(')');
                }
                // Python's `$` also matches before a newline at the end.
                '$' if !self.scope().multiline => self.out.push_str(r"(?=\n?\z)"),
                '#' if self.scope().verbose => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                '{' => self.brace(),
                '}' => self.out.push_str(r"\}"),
                c => self.out.push(c),
            }
        }
        Ok(())
    }

    /// `{m,n}` where it is one, else a brace.
    fn brace(&mut self) {
        let end = self.chars[self.at..].iter().position(|c| *c == '}');
        let inner: Option<String> = end.map(|end| self.chars[self.at..self.at + end].iter().collect());
        let parts = inner
            .as_deref()
            .map(|inner| inner.split_once(',').unwrap_or((inner, inner)));
        let number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        match (parts, end) {
            (Some((min, max)), Some(end)) if number(min) && number(max) && inner.as_deref() != Some("") => {
                let comma = inner.as_deref().is_some_and(|inner| inner.contains(','));
                let min = if min.is_empty() { "0" } else { min };
                self.out += &if comma {
                    format!("{{{min},{max}}}")
                } else {
                    format!("{{{min}}}")
                };
                self.at += end + 1;
            }
            _ => self.out.push_str(r"\{"),
        }
    }

    fn group(&mut self) -> Result<(), String> {
        if self.rest_starts("?#") {
            let end = self.chars[self.at..]
                .iter()
                .position(|c| *c == ')')
                .ok_or("missing ), unterminated comment")?;
            self.at += end + 1;
            return Ok(());
        }
        self.out.push('(');
        let mut scope = self.scope();
        if !self.rest_starts("?") {
            self.scopes.push(scope);
            return Ok(());
        }
        let letters: String = self.chars[self.at + 1..]
            .iter()
            .take_while(|c| c.is_ascii_alphabetic() || **c == '-')
            .collect();
        let end = self.peek(1 + letters.len());
        // `(?P<..>`, `(?P=..)`, `(?<=..`, `(?!..`: the same in both dialects.
        if letters.starts_with('P') || letters.is_empty() || !matches!(end, Some(':' | ')')) {
            self.scopes.push(scope);
            return Ok(());
        }
        let (on, off) = letters.split_once('-').unwrap_or((&letters, ""));
        scope.multiline = (scope.multiline || on.contains('m')) && !off.contains('m');
        scope.verbose = (scope.verbose || on.contains('x')) && !off.contains('x');
        let kept = |text: &str| text.chars().filter(|c| !"aLu".contains(*c)).collect::<String>();
        let (on, off) = (kept(on), kept(off));
        let minus = if off.is_empty() { "" } else { "-" };
        self.at += 1 + letters.len() + 1;
        if end == Some(')') {
            if let Some(current) = self.scopes.last_mut() {
                *current = scope;
            }
            self.out.pop();
            if !(on.is_empty() && off.is_empty()) {
                self.out += &format!("(?{on}{minus}{off})");
            }
        } else {
            self.scopes.push(scope);
            self.out += &format!("?{on}{minus}{off}:");
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let c = self.peek(0).ok_or("bad escape (end of pattern)")?;
        self.at += 1;
        match c {
            'Z' => self.out.push_str(r"\z"),
            'A' | 'b' | 'B' | 'd' | 'D' | 's' | 'S' | 'w' | 'W' => self.out.extend(['\\', c]),
            '0'..='9' => self.number(c)?,
            c => self.literal(c)?,
        }
        Ok(())
    }

    /// A reference to a group, or an octal character.
    fn number(&mut self, first: char) -> Result<(), String> {
        let digits: String = [first]
            .iter()
            .chain(&self.chars[self.at..])
            .take(3)
            .take_while(|c| c.is_ascii_digit())
            .collect();
        let is_octal = digits.chars().all(|c| c < '8');
        let octal_length = digits.chars().take_while(|c| *c < '8').count();
        if first == '0' || (digits.len() == 3 && is_octal) {
            let digits = &digits[..octal_length.min(3)];
            self.at += digits.len() - 1;
            let code = u32::from_str_radix(digits, 8).map_err(|_| format!("bad escape \\{digits}"))?;
            self.out += &format!("\\x{{{code:x}}}");
            return Ok(());
        }
        let digits: String = digits.chars().take(2).collect();
        self.at += digits.len() - 1;
        // In parentheses, so that a digit that follows is none of the number.
        self.out += &format!("(?:\\{digits})");
        Ok(())
    }

    /// An escaped character that means itself or a control character.
    fn literal(&mut self, c: char) -> Result<(), String> {
        let code = match c {
            'a' => 0x07,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            'x' => self.hex(2)?,
            'u' => self.hex(4)?,
            'U' => self.hex(8)?,
            c if c.is_ascii_alphanumeric() => {
                return Err(format!("bad escape \\{c} at position {}", self.at - 2));
            }
            c => u32::from(c),
        };
        self.out += &format!("\\x{{{code:x}}}");
        Ok(())
    }

    fn hex(&mut self, length: usize) -> Result<u32, String> {
        let digits: String = self.chars[self.at..].iter().take(length).collect();
        self.at += digits.chars().count();
        let code = u32::from_str_radix(&digits, 16)
            .ok()
            .filter(|_| digits.len() == length);
        code.ok_or_else(|| {
            format!(
                "incomplete escape at position {}",
                self.at - digits.chars().count()
            )
        })
    }

    /// A set: `[`, `&&`, `--` and `~~` have no meaning of their own in Python.
    fn class(&mut self) -> Result<(), String> {
        let start = self.at - 1;
        self.out.push('[');
        if self.peek(0) == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut is_first = true;
        loop {
            let c = self
                .peek(0)
                .ok_or_else(|| format!("unterminated character set at position {start}"))?;
            self.at += 1;
            match c {
                ']' if !is_first => break,
                '\\' => self.class_escape()?,
                '-' if self.is_range(is_first) => self.out.push('-'),
                '[' | ']' | '&' | '~' | '-' | '^' | '#' | ' ' | '\n' | '\t' => {
                    self.out += &format!("\\x{{{:x}}}", u32::from(c));
                }
                c => self.out.push(c),
            }
            is_first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// Whether a `-` stands between two characters.
    fn is_range(&self, is_first: bool) -> bool {
        let before = |count: usize| {
            self.at
                .checked_sub(count + 1)
                .and_then(|at| self.chars.get(at))
                .copied()
        };
        let is_escaped = before(2) == Some('\\');
        let after_class = is_escaped && before(1).is_some_and(|c| "dDsSwW".contains(c));
        // `[+--]`: the second is the end of a range, and begins none.
        let after_range = !is_escaped && before(1) == Some('-');
        let at_end = self.peek(0).is_none_or(|next| next == ']');
        !(is_first || after_class || after_range || at_end)
    }

    fn class_escape(&mut self) -> Result<(), String> {
        let c = self.peek(0).ok_or("bad escape (end of pattern)")?;
        self.at += 1;
        match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => self.out.extend(['\\', c]),
            'b' => self.out.push_str(r"\x{8}"),
            '0'..='7' => {
                let digits: String = [c]
                    .iter()
                    .chain(&self.chars[self.at..])
                    .take(3)
                    .take_while(|c| ('0'..='7').contains(*c))
                    .collect();
                self.at += digits.len() - 1;
                let code = u32::from_str_radix(&digits, 8).map_err(|_| format!("bad escape \\{digits}"))?;
                self.out += &format!("\\x{{{code:x}}}");
            }
            c => self.literal(c)?,
        }
        Ok(())
    }
}

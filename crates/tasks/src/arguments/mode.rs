//! Permission bits as arguments write them.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Argument;
use super::kinds::wrong;

/// The `umask` that decides what `+x` without a user means: the one every Linux login has.
const UMASK: u32 = 0o022;

/// Permissions: octal digits, symbols as `chmod` takes them, or those of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Exactly these bits (`0o7777`).
    Bits(u32),
    /// A change to what is there, as `u=rwX,g=rX`; checked when it was read.
    Symbolic(String),
    /// Those of the file that is copied (`preserve`).
    Preserve,
}

impl Mode {
    /// The bits that result where `current` are set; `preserve` keeps them.
    pub fn apply(&self, current: u32, is_directory: bool) -> u32 {
        match self {
            Mode::Bits(bits) => *bits,
            Mode::Preserve => current,
            Mode::Symbolic(text) => {
                let clauses = text.split(',').filter_map(Clause::parse);
                clauses.fold(current, |mode, clause| clause.apply(mode, is_directory))
            }
        }
    }
}

/// `ug+rw-x`: for some users, operators with permissions.
struct Clause<'a> {
    users: &'a str,
    steps: Vec<(char, &'a str)>,
}

impl Clause<'_> {
    fn parse(text: &str) -> Option<Clause<'_>> {
        let is_operator = |c: char| matches!(c, '+' | '-' | '=');
        let (users, mut rest) = text.split_at(text.find(is_operator)?);
        let mut steps = Vec::new();
        while let Some(operator) = rest.chars().next() {
            let permissions = &rest[1..];
            let end = permissions.find(is_operator).unwrap_or(permissions.len());
            steps.push((operator, &permissions[..end]));
            rest = &permissions[end..];
        }
        let known = steps.iter().all(|(_, permissions)| {
            permissions.chars().all(|c| "rwxXst".contains(c)) || matches!(*permissions, "u" | "g" | "o")
        });
        (users.chars().all(|c| "ugoa".contains(c)) && known).then_some(Clause { users, steps })
    }

    fn apply(&self, mut mode: u32, is_directory: bool) -> u32 {
        let users = if self.users.is_empty() || self.users.contains('a') {
            "ugo"
        } else {
            self.users
        };
        let masked = if self.users.is_empty() { !UMASK } else { !0 };
        for (operator, permissions) in &self.steps {
            // What `g=u` copies and whether `X` counts is what held before this step, for all users of it.
            let before = mode;
            for user in users.chars() {
                let bits = permissions
                    .chars()
                    .map(|c| bits_of(user, c, before, is_directory) & masked);
                let bits = bits.fold(0, |all, bit| all | bit);
                mode = match operator {
                    '+' => mode | bits,
                    '-' => mode & !bits,
                    _ => (mode & !owned_by(user)) | bits,
                };
            }
        }
        mode
    }
}

fn shift_of(user: char) -> u32 {
    match user {
        'u' => 6,
        'g' => 3,
        _ => 0,
    }
}

fn owned_by(user: char) -> u32 {
    let special = match user {
        'u' => 0o4000,
        'g' => 0o2000,
        _ => 0o1000,
    };
    (0o7 << shift_of(user)) | special
}

fn bits_of(user: char, permission: char, before: u32, is_directory: bool) -> u32 {
    let shift = shift_of(user);
    match permission {
        'r' => 0o4 << shift,
        'w' => 0o2 << shift,
        'x' => 0o1 << shift,
        'X' if is_directory || before & 0o111 != 0 => 0o1 << shift,
        's' if user == 'u' => 0o4000,
        's' if user == 'g' => 0o2000,
        't' if user == 'o' => 0o1000,
        'u' | 'g' | 'o' => ((before >> shift_of(permission)) & 0o7) << shift,
        _ => 0,
    }
}

impl Argument for Mode {
    const EMPTY_IS_NONE: bool = true;

    fn kind() -> String {
        "mode".to_owned()
    }

    fn read(node: &Node) -> Result<Mode, Problem> {
        match &node.value {
            Value::Int(number) => read_int(node, *number),
            Value::Str(text) => read_text(node, text.trim()),
            Value::Null
            | Value::Bool(_)
            | Value::Float(_)
            | Value::Date(_)
            | Value::Seq(_)
            | Value::Map(_) => Err(wrong(node, "permissions").help(QUOTE)),
        }
    }

    fn write(&self) -> Value {
        Value::Str(match self {
            Mode::Bits(bits) => format!("{bits:04o}"),
            Mode::Symbolic(text) => text.clone(),
            Mode::Preserve => "preserve".to_owned(),
        })
    }
}

const QUOTE: &str = "write octal permissions in quotes: `mode: \"0644\"`";

/// YAML 1.1 reads `0644` as 420, which is meant, and `644` as 644, which is octal 1204 and never meant.
fn read_int(node: &Node, number: i128) -> Result<Mode, Problem> {
    let written = node.place.text();
    let digits = number.to_string();
    let decimal_here = written == digits && !written.starts_with('0');
    // A number that comes through a variable has lost how it was written; 512 to 777 in octal digits has the sticky
    // bit and odd permissions, and is `644`, `755`, ... without its zero.
    let decimal_elsewhere = written != digits
        && !written.starts_with('0')
        && (512..=777).contains(&number)
        && digits.chars().all(|c| c < '8');
    if decimal_here && digits.contains(['8', '9']) {
        return Err(no_octal_digits(node, &digits));
    }
    if decimal_here || decimal_elsewhere {
        return Err(Problem::error(
            "task::mode",
            format!("decimal {number} would be octal {number:o}"),
        )
        .at(&node.place, "a decimal number")
        .help(format!(
            "write octal permissions in quotes: `mode: \"{digits:0>4}\"`"
        )));
    }
    bits(node, number)
}

/// Digits that no permissions have: what was meant cannot be told.
fn no_octal_digits(node: &Node, digits: &str) -> Problem {
    let strange: Vec<String> = ['8', '9']
        .iter()
        .filter(|digit| digits.contains(**digit))
        .map(ToString::to_string)
        .collect();
    let are = if strange.len() == 1 {
        "is no octal digit"
    } else {
        "are no octal digits"
    };
    Problem::error(
        "task::mode",
        format!("{digits} is no permissions: {} {are}", strange.join(" and ")),
    )
    .at(&node.place, "expected digits from 0 to 7")
    .help("each digit is the sum of 4 (read), 2 (write) and 1 (execute): `mode: \"0644\"`")
}

fn read_text(node: &Node, text: &str) -> Result<Mode, Problem> {
    if text == "preserve" {
        return Ok(Mode::Preserve);
    }
    let octal = text.strip_prefix("0o").unwrap_or(text);
    if let Ok(number) = i128::from_str_radix(octal, 8) {
        return bits(node, number);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(no_octal_digits(node, text));
    }
    if text.split(',').all(|clause| Clause::parse(clause).is_some()) {
        return Ok(Mode::Symbolic(text.to_owned()));
    }
    Err(Problem::error(
        "task::mode",
        format!("`{text}` is no permissions in octal digits or symbols"),
    )
    .at(&node.place, "expected permissions")
    .help("write `\"0644\"`, `u=rw,g=r,o=r` or `preserve`"))
}

fn bits(node: &Node, number: i128) -> Result<Mode, Problem> {
    u32::try_from(number)
        .ok()
        .filter(|bits| *bits <= 0o7777)
        .map(Mode::Bits)
        .ok_or_else(|| {
            Problem::error(
                "task::mode",
                format!("octal {number:o} has more than permission bits"),
            )
            .at(&node.place, "expected at most 7777")
            .help(QUOTE)
        })
}

#[cfg(test)]
mod tests {
    use evenkeel_yaml::Place;
    use evenkeel_yaml::Source;

    use super::*;

    fn node(value: Value, written: &str) -> Node {
        let source = Source::new("t.yml", written);
        Node::new(value, Place::new(&source, 0, written.len()))
    }

    fn text(text: &str) -> Mode {
        Mode::read(&node(Value::Str(text.to_owned()), text)).expect("a mode")
    }

    #[test]
    fn octal_in_all_its_forms() {
        for (value, written) in [
            (Value::Int(420), "0644"),
            (Value::Str("0644".into()), "\"0644\""),
            (Value::Str("644".into()), "'644'"),
            (Value::Str("0o644".into()), "0o644"),
            (Value::Int(420), "{{ mode }}"),
            (Value::Int(420), ""),
        ] {
            assert_eq!(
                Mode::read(&node(value, written)),
                Ok(Mode::Bits(0o644)),
                "{written}"
            );
        }
    }

    #[test]
    fn decimal_numbers_are_refused_with_the_mend() {
        for (number, written) in [(644, "644"), (420, "420"), (755, "{{ mode }}"), (600, "")] {
            let problem = Mode::read(&node(Value::Int(number), written)).expect_err("refused");
            assert_eq!(problem.code, "task::mode");
            assert_eq!(
                problem.help,
                [format!(
                    "write octal permissions in quotes: `mode: \"0{number}\"`"
                )]
            );
        }
        for (value, written) in [(Value::Int(999), "999"), (Value::Str("0689".into()), "'0689'")] {
            let problem = Mode::read(&node(value, written)).expect_err("refused");
            assert!(problem.message.contains("no octal digit"), "{problem}");
            assert!(!problem.help.join("").contains(written), "{problem}");
        }
        assert!(Mode::read(&node(Value::Int(0o17777), "017777")).is_err());
        assert!(Mode::read(&node(Value::Str("u=rwz".into()), "u=rwz")).is_err());
        assert!(Mode::read(&node(Value::Bool(true), "yes")).is_err());
    }

    #[test]
    fn symbols_as_chmod_reads_them() {
        for (symbols, current, directory, expected) in [
            ("u=rwX,g=rX,o=", 0o600, false, 0o640),
            ("u=rwX,g=rX,o=", 0o600, true, 0o750),
            ("u=rwX,g=rX", 0o755, false, 0o755),
            ("a+x", 0o644, false, 0o755),
            ("+w", 0o444, false, 0o644),
            ("g=u", 0o640, false, 0o660),
            ("u+s,g-w", 0o775, false, 0o4755),
            ("o+t", 0o777, true, 0o1777),
            ("ug=rw-w,o=", 0o777, false, 0o440),
            ("u=rw-x+X,g=r-x+X,o=r-x+X", 0o777, true, 0o755),
            ("u=", 0o4755, false, 0o055),
        ] {
            assert_eq!(
                text(symbols).apply(current, directory),
                expected,
                "{symbols} on {current:o}"
            );
        }
        assert_eq!(text("preserve").apply(0o751, false), 0o751);
    }

    #[test]
    fn written_as_read() {
        for mode in ["0644", "1777", "u=rwX,g=rX", "preserve"] {
            assert_eq!(text(mode).write(), Value::Str(mode.to_owned()));
        }
    }
}

//! Values as Python prints them: what `ansible-inventory --graph --vars` shows.

use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

/// `str(value)`: strings as they are.
pub(super) fn str(node: &Node) -> String {
    node.as_str().map_or_else(|| repr(node), str::to_owned)
}

fn repr(node: &Node) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match &node.value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => self::float(*float),
        Value::Date(text) => text.clone(),
        Value::Str(text) => quoted(text),
        Value::Seq(items) => format!("[{}]", join(items.iter().map(repr).collect())),
        Value::Map(map) => {
            let pair = |(key, value): &(Node, Node)| format!("{}: {}", repr(key), repr(value));
            format!("{{{}}}", join(map.entries.iter().map(pair).collect()))
        }
    }
}

fn float(float: f64) -> String {
    let exponent = float.abs().log10();
    if float != 0.0 && float.is_finite() && !(-4.0..16.0).contains(&exponent) {
        let text = format!("{float:e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, power) = power.strip_prefix('-').map_or(("+", power), |power| ("-", power));
        return format!("{digits}e{sign}{power:0>2}");
    }
    match float {
        f64::INFINITY => "inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        float if float.is_nan() => "nan".to_owned(),
        float => format!("{float:?}"),
    }
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_yaml::Place;

    #[test]
    fn prints_as_python_does() {
        let node = |value| Node::new(value, Place::nowhere("test"));
        let text = |text: &str| node(Value::Str(text.to_owned()));
        let list = node(Value::Seq(vec![
            text("it's"),
            text("a\"'"),
            node(Value::Null),
            node(Value::Bool(true)),
        ]));
        assert_eq!(str(&list), r#"["it's", 'a"\'', None, True]"#);
        for (float, shown) in [
            (1.5, "1.5"),
            (1e3, "1000.0"),
            (1e16, "1e+16"),
            (1.5e-7, "1.5e-07"),
            (0.0, "0.0"),
        ] {
            assert_eq!(str(&node(Value::Float(float))), shown);
        }
        assert_eq!(str(&text("a'b")), "a'b");
    }
}

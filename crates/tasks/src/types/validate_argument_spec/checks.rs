//! What is wrong with values, by a description of options as modules and roles of Ansible have it.
//!
//! Source: <https://docs.ansible.com/ansible/latest/dev_guide/developing_program_flow_modules.html#argument-spec>

use serde_json::Map;
use serde_json::Value;

type Values = Map<String, Value>;

/// The findings about values, in which those under the names of `secret` are not. Names that the description does not have
/// come last, all at once.
pub(super) fn errors(spec: &Value, values: &Values, secret: &[String]) -> Vec<String> {
    let mut strange = Vec::new();
    let mut found = findings(spec, values, secret, &[], &mut strange);
    strange.sort();
    if let Some((_, supported)) = strange.last() {
        let names: Vec<&str> = strange.iter().map(|(name, _)| name.as_str()).collect();
        found.push(format!("{}. Supported parameters include: {supported}.", names.join(", ")));
    }
    found
}

/// What the options may be called: their names, and behind them all aliases.
fn supported(options: &Values) -> String {
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.join(", ")
    };
    let names = sorted(options.keys().map(String::as_str).collect());
    let others = sorted(options.values().flat_map(aliases).collect());
    if others.is_empty() { names } else { format!("{names} ({others})") }
}

/// The findings about values; `within` are the names of the options around, `strange` gets the names that the description
/// does not have, each with those that it has.
fn findings(
    spec: &Value,
    values: &Values,
    secret: &[String],
    within: &[&str],
    strange: &mut Vec<(String, String)>,
) -> Vec<String> {
    let empty = Map::new();
    let options = spec.get("options").and_then(Value::as_object).unwrap_or(&empty);
    let place = if within.is_empty() { String::new() } else { format!(" found in {}", within.join(" -> ")) };
    let given = |name: &str| given(options, values, name).is_some_and(|value| !value.is_null());
    let mut found = Vec::new();
    let known = |name: &str| options.contains_key(name) || options.values().any(|option| aliases(option).contains(&name));
    for name in values.keys().filter(|name| !known(name)) {
        let path: Vec<&str> = within.iter().copied().chain([name.as_str()]).collect();
        strange.push((path.join("."), supported(options)));
    }
    let missing: Vec<&str> = options
        .iter()
        .filter(|(name, option)| is_true(option.get("required")) && !given(name))
        .map(|(name, _)| name.as_str())
        .collect();
    if !missing.is_empty() {
        found.push(format!("missing required arguments: {}{place}", missing.join(", ")));
    }
    for (name, option) in options {
        let value = self::given(options, values, name).or_else(|| option.get("default"));
        if let Some(value) = value.filter(|value| !value.is_null()) {
            let wrong = of_option(name, option, value, within, &place, strange);
            if secret.contains(name) && !wrong.is_empty() {
                found.push(format!("argument '{name}' is not as described; its value is a secret, which is not shown{place}"));
            } else {
                found.extend(wrong);
            }
        }
    }
    found.extend(together(spec, &given, &place));
    found.extend(conditional(spec, options, values, &given, &place));
    found
}

fn aliases(option: &Value) -> Vec<&str> {
    let list = option.get("aliases").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn given<'v>(options: &Values, values: &'v Values, name: &str) -> Option<&'v Value> {
    values
        .get(name)
        .or_else(|| aliases(options.get(name)?).into_iter().find_map(|alias| values.get(alias)))
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(word)) => matches!(word.as_str(), "yes" | "true" | "True"),
        _ => false,
    }
}

fn of_option(
    name: &str,
    option: &Value,
    value: &Value,
    within: &[&str],
    place: &str,
    strange: &mut Vec<(String, String)>,
) -> Vec<String> {
    let kind = option.get("type").and_then(Value::as_str).unwrap_or("str");
    let value = match converted(kind, value) {
        Ok(value) => value,
        Err(why) => {
            let text = format!("argument '{name}' is of type {} and we were unable to convert to {kind}: {why}{place}", type_name(value));
            return vec![text];
        }
    };
    let mut found = Vec::new();
    if let (Some(wanted), Value::Array(items)) = (option.get("elements").and_then(Value::as_str), &value) {
        for item in items {
            if let Err(why) = converted(wanted, item) {
                found.push(format!("Elements value for option '{name}' is of type {} and we were unable to convert to {wanted}: {why}{place}", type_name(item)));
            }
        }
    }
    found.extend(chosen(name, option, &value, place));
    if option.get("options").is_some() {
        let inner: Vec<&str> = within.iter().copied().chain([name]).collect();
        let single = std::slice::from_ref(&value);
        let all = value.as_array().map_or(single, Vec::as_slice);
        for item in all.iter().filter_map(Value::as_object) {
            found.extend(findings(option, item, &[], &inner, strange));
        }
    }
    found
}

fn chosen(name: &str, option: &Value, value: &Value, place: &str) -> Option<String> {
    let choices = option.get("choices")?.as_array()?;
    let shown = || choices.iter().map(text).collect::<Vec<_>>().join(", ");
    let fits = |value: &Value| choices.iter().any(|choice| text(choice) == text(value));
    match value {
        Value::Array(items) => {
            let strange: Vec<String> = items.iter().filter(|item| !fits(item)).map(text).collect();
            let message = format!("value of {name} must be one or more of: {}. Got no match for: {}{place}", shown(), strange.join(", "));
            (!strange.is_empty()).then_some(message)
        }
        value if fits(value) => None,
        value => Some(format!("value of {name} must be one of: {}, got: {}{place}", shown(), text(value))),
    }
}

/// What holds for several options at once, whatever their values are.
fn together(spec: &Value, given: &dyn Fn(&str) -> bool, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for group in groups(spec, "mutually_exclusive") {
        if group.iter().filter(|name| given(name)).count() > 1 {
            found.push(format!("parameters are mutually exclusive: {}{place}", group.join("|")));
        }
    }
    for group in groups(spec, "required_together") {
        let count = group.iter().filter(|name| given(name)).count();
        if count > 0 && count < group.len() {
            found.push(format!("parameters are required together: {}{place}", group.join(", ")));
        }
    }
    for group in groups(spec, "required_one_of") {
        if !group.iter().any(|name| given(name)) {
            found.push(format!("one of the following is required: {}{place}", group.join(", ")));
        }
    }
    found
}

/// `required_if` and `required_by`.
fn conditional(spec: &Value, options: &Values, values: &Values, given: &dyn Fn(&str) -> bool, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rule in spec.get("required_if").and_then(Value::as_array).into_iter().flatten() {
        let Some([key, wanted, needed, rest @ ..]) = rule.as_array().map(Vec::as_slice) else {
            continue;
        };
        let key = key.as_str().unwrap_or_default();
        if self::given(options, values, key).is_none_or(|value| text(value) != text(wanted)) {
            continue;
        }
        let needed = words(needed);
        let missing: Vec<&str> = needed.iter().copied().filter(|name| !given(name)).collect();
        let any = is_true(rest.first());
        if any && missing.len() == needed.len() {
            found.push(format!("{key} is {} but any of the following are missing: {}{place}", text(wanted), missing.join(", ")));
        } else if !any && !missing.is_empty() {
            found.push(format!("{key} is {} but all of the following are missing: {}{place}", text(wanted), missing.join(", ")));
        }
    }
    for (key, needed) in spec.get("required_by").and_then(Value::as_object).into_iter().flatten() {
        let missing: Vec<&str> = words(needed).into_iter().filter(|name| !given(name)).collect();
        if given(key) && !missing.is_empty() {
            found.push(format!("missing parameter(s) required by '{key}': {}{place}", missing.join(", ")));
        }
    }
    found
}

fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

fn groups<'s>(spec: &'s Value, key: &str) -> Vec<Vec<&'s str>> {
    let list = spec.get(key).and_then(Value::as_array);
    list.into_iter().flatten().map(words).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// The value as an option of this type has it.
fn converted(kind: &str, value: &Value) -> Result<Value, String> {
    let refused = |what: &str| Err(format!("{} cannot be converted to {what}", type_name(value)));
    let word = value.as_str().map(str::trim);
    match kind {
        "str" | "path" => match value {
            Value::Array(_) | Value::Object(_) if kind == "path" => refused("a path"),
            other => Ok(text(other).into()),
        },
        "bool" => {
            let lower = text(value).to_lowercase();
            match lower.as_str() {
                "y" | "yes" | "on" | "1" | "true" | "t" | "1.0" => Ok(true.into()),
                "n" | "no" | "off" | "0" | "false" | "f" | "0.0" => Ok(false.into()),
                _ => Err(format!("The value '{}' is not a valid boolean.", text(value))),
            }
        }
        "int" => match (value, word.map(str::parse::<i64>)) {
            (Value::Number(number), _) if number.is_i64() || number.is_u64() => Ok(value.clone()),
            (_, Some(Ok(number))) => Ok(number.into()),
            _ => refused("an int"),
        },
        "float" => match (value, word.map(str::parse::<f64>)) {
            (Value::Number(_), _) => Ok(value.clone()),
            (_, Some(Ok(number))) => Ok(number.into()),
            _ => refused("a float"),
        },
        "list" => match value {
            Value::Array(_) => Ok(value.clone()),
            Value::String(text) => Ok(text.split(',').map(str::trim).collect::<Vec<_>>().into()),
            Value::Number(_) => Ok(vec![text(value)].into()),
            _ => refused("a list"),
        },
        "dict" => match (value, word.and_then(|word| serde_json::from_str::<Value>(word).ok())) {
            (Value::Object(_), _) => Ok(value.clone()),
            (_, Some(parsed @ Value::Object(_))) => Ok(parsed),
            _ => refused("a dict"),
        },
        _ => Ok(value.clone()),
    }
}

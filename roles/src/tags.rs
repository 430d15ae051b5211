//! What of a template is code.

/// What stands in `{{ }}` and `{% %}`: all else, comments of the file included, names no variable.
pub fn template_tags(text: &str) -> impl Iterator<Item = &str> {
    let opened = ["{{", "{%"].iter().flat_map(|open| text.split(open).skip(1));
    opened.map(|rest| {
        let end = ["}}", "%}"].iter().filter_map(|close| rest.find(close)).min();
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_outside_of_tags_are_no_code() {
        let text = "# keepalived\n{% if a %}b {{ c }}{% endif %}";
        let found: Vec<&str> = template_tags(text).map(str::trim).collect();
        assert_eq!(found, ["c", "if a", "endif"]);
    }
}

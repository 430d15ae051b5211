//! Where a playbook asks for a name before it uses it.

use super::names::words;

/// Whether the name is asked for anywhere in the text, or stands there as a text itself. `own` is where the use stands that
/// this is asked for: quotes around that one are YAML's.
pub(super) fn is_guarded(text: &str, name: &str, own: usize) -> bool {
    words(text).filter(|(_, word)| *word == name).any(|(at, word)| {
        let rest = text.get(at + word.len()..).unwrap_or_default();
        let quoted = at != own && text.get(..at).is_some_and(|before| before.ends_with(['\'', '"']));
        quoted || is_asked_for(rest.trim_start_matches([' ', ')']))
    })
}

/// Whether something in the text seems to give the name a value.
pub(super) fn gets_value(text: &str, name: &str) -> bool {
    words(text).filter(|(_, word)| *word == name).any(|(at, word)| {
        let rest = text.get(at + word.len()..).unwrap_or_default().trim_start();
        rest.starts_with(':') || rest.starts_with('=') && !rest.starts_with("==")
    })
}

/// Whether the entry of a mapping is asked for anywhere in the text: `'web' in groups`, `groups['web'] is defined`.
pub(super) fn is_entry_guarded(text: &str, name: &str) -> bool {
    let places = text.match_indices(name);
    places.map(|(at, _)| &text[at + name.len()..]).any(|rest| {
        let rest = rest.trim_start_matches(['\'', '"', ']', ' ', ')', '\\']);
        is_asked_for(rest) || rest.starts_with("in ") || rest.starts_with("not in ")
    })
}

/// Whether what stands behind a name takes it that it is not defined.
fn is_asked_for(rest: &str) -> bool {
    let test = rest.strip_prefix("is ").map(str::trim_start).unwrap_or_default();
    let test = test.strip_prefix("not ").map_or(test, str::trim_start);
    let filter = rest.strip_prefix('|').map(str::trim_start).unwrap_or_default();
    ["defined", "undefined"].iter().any(|word| test.starts_with(word))
        || [
            "default",
            "d(",
            "mandatory",
            "ansible.builtin.default",
            "ansible.builtin.mandatory",
        ]
        .iter()
        .any(|word| filter.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_asked_for() {
        for asks in [
            "x is defined",
            "x is not defined",
            "(x) | default(1)",
            "lookup('vars', 'x')",
        ] {
            assert!(is_guarded(asks, "x", usize::MAX), "{asks}");
        }
        for gives in ["x: 1", "x=1", "{x : 1}"] {
            assert!(gets_value(gives, "x"), "{gives}");
            assert!(!is_guarded(gives, "x", usize::MAX), "{gives}");
        }
        for uses in ["x is changed", "x == 1", "xx is defined", "x | bool"] {
            assert!(!is_guarded(uses, "x", usize::MAX), "{uses}");
            assert!(!gets_value(uses, "x"), "{uses}");
        }
        assert!(!is_guarded("when: \"x == 1\"", "x", 7));
    }

    #[test]
    fn entries_that_are_asked_for() {
        for asks in [
            "'web' in groups",
            "\"web\" not in group_names",
            "groups['web'] | default([])",
            "groups.web is defined",
        ] {
            assert!(is_entry_guarded(asks, "web"), "{asks}");
        }
        assert!(!is_entry_guarded("groups['web'] | length", "web"));
        assert!(!is_entry_guarded("item in groups['web']", "web"));
    }
}

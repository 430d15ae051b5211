//! Which tasks `--tags` and `--skip-tags` choose.

use std::sync::Arc;

/// Whether a task with these tags runs.
///
/// The rules, with the special tags `all`, `always`, `never`, `tagged` and `untagged`, are those of Ansible:
/// <https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html>
pub fn selected(own: &[Arc<str>], only: &[Arc<str>], skip: &[Arc<str>]) -> bool {
    let has = |tag: &str| own.iter().any(|own| &**own == tag);
    let shared = |tags: &[Arc<str>]| tags.iter().any(|tag| own.contains(tag));
    let named = |tags: &[Arc<str>], name: &str| tags.iter().any(|tag| &**tag == name);
    let untagged = own.is_empty();
    let chosen = if only.is_empty() || named(only, "all") {
        !has("never") || shared(only)
    } else {
        has("always")
            || shared(only)
            || (named(only, "tagged") && !untagged && !has("never"))
            || (named(only, "untagged") && untagged)
    };
    if !chosen {
        return false;
    }
    let skipped = shared(skip)
        || (named(skip, "all") && (!has("always") || named(skip, "always")))
        || (named(skip, "tagged") && !untagged)
        || (named(skip, "untagged") && untagged);
    !skipped
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::selected;

    fn tags(text: &str) -> Vec<Arc<str>> {
        text.split(',')
            .filter(|tag| !tag.is_empty())
            .map(Arc::from)
            .collect()
    }

    /// The table of the language's documentation: columns are untagged, `a`, `always`, `never`, `never,a`.
    #[test]
    fn special_tags_choose_as_documented() {
        let rows = [
            ("", "", [true, true, true, false, false]),
            ("all", "", [true, true, true, false, false]),
            ("a", "", [false, true, true, false, true]),
            ("untagged", "", [true, false, true, false, false]),
            ("tagged", "", [false, true, true, false, false]),
            ("", "always", [true, true, false, false, false]),
            ("", "a", [true, false, true, false, false]),
        ];
        for (only, skip, expected) in rows {
            let found = ["", "a", "always", "never", "never,a"]
                .map(|own| selected(&tags(own), &tags(only), &tags(skip)));
            assert_eq!(found, expected, "--tags {only:?} --skip-tags {skip:?}");
        }
    }
}

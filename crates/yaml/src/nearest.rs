//! Suggestions for misspelt names.

/// The known name that a given one most resembles, if it resembles one enough to be meant: a third of its letters may be
/// wrong, in short names one; two that changed places count as one. A single letter resembles nothing.
///
/// ```
/// use evenkeel_yaml::nearest;
/// assert_eq!(nearest("gather_fact", ["hosts", "gather_facts"]), Some("gather_facts"));
/// assert_eq!(nearest("foo", ["loop"]), None);
/// ```
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = given.chars().count();
    let wrong = if letters < 2 { 0 } else { letters.max(3) / 3 };
    known
        .into_iter()
        .filter(|name| *name != given)
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .filter(|(distance, _)| *distance <= wrong)
        .min_by(|(distance, name), (other, than)| {
            let alike = |name| strsim::jaro_winkler(given, name);
            distance
                .cmp(other)
                .then_with(|| alike(than).total_cmp(&alike(name)))
        })
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_is_meant_and_what_is_another_word() {
        let known = [
            "loop", "item", "when", "app_port", "greeting", "db", "change", "changed",
        ];
        let cases = [
            ("itme", Some("item")),
            ("wehn", Some("when")),
            ("app_prto", Some("app_port")),
            ("greting", Some("greeting")),
            ("changd", Some("changed")),
            ("foo", None),
            ("x", None),
            ("port", None),
            ("web", None),
            ("item", None),
        ];
        for (given, meant) in cases {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
    }
}

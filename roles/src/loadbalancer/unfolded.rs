//! Templates without the branches that an inventory has decided.

/// The template in which each `{% if CONDITION %}` whose condition is known gives way to the branch that holds. `if`, `else`
/// and `endif` stand on lines of their own.
pub(super) fn unfolded(template: &str, known: &[(&str, Option<bool>)]) -> String {
    let mut open: Vec<Option<bool>> = Vec::new();
    let mut kept = String::new();
    for line in template.split_inclusive('\n') {
        let tag = line
            .trim()
            .strip_prefix("{% ")
            .and_then(|rest| rest.strip_suffix(" %}"));
        let of_known = match tag.map(|tag| tag.split_once(' ').unwrap_or((tag, ""))) {
            Some(("if", condition)) => {
                let found = known.iter().find(|(name, _)| *name == condition);
                open.push(found.and_then(|(_, holds)| *holds));
                open.last().copied().flatten()
            }
            Some(("else", _)) => {
                if let Some(Some(holds)) = open.last_mut() {
                    *holds = !*holds;
                }
                open.last().copied().flatten()
            }
            Some(("endif", _)) => open.pop().flatten(),
            _ => None,
        };
        if of_known.is_none() && !open.contains(&Some(false)) {
            kept.push_str(line);
        }
    }
    kept
}

/// What all of some answers are; `None` where they differ, or are none.
pub(super) fn same(mut answers: impl Iterator<Item = bool>) -> Option<bool> {
    let first = answers.next()?;
    answers.all(|answer| answer == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &str = "\
a
{% if x %}
b {{ y }}
{% if y %}
c
{% else %}
d
{% endif %}
{% else %}
e
{% endif %}
f
";

    #[test]
    fn only_the_branches_that_hold_are_left() {
        let of = |x, y| unfolded(NESTED, &[("x", x), ("y", y)]);
        assert_eq!(of(Some(true), Some(false)), "a\nb {{ y }}\nd\nf\n");
        assert_eq!(of(Some(false), Some(true)), "a\ne\nf\n");
        assert_eq!(of(Some(false), None), "a\ne\nf\n");
        assert_eq!(
            of(Some(true), None),
            "a\nb {{ y }}\n{% if y %}\nc\n{% else %}\nd\n{% endif %}\nf\n"
        );
        assert_eq!(of(None, None), NESTED);
        assert_eq!(
            of(None, Some(true)),
            "a\n{% if x %}\nb {{ y }}\nc\n{% else %}\ne\n{% endif %}\nf\n"
        );
    }

    #[test]
    fn what_differs_is_not_known() {
        assert_eq!(same([true, true].into_iter()), Some(true));
        assert_eq!(same([true, false].into_iter()), None);
        assert_eq!(same([].into_iter()), None);
    }
}

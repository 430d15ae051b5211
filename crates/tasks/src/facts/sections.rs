//! Outputs that answer several questions, each under a line `== QUESTION`.

/// The lines under a question; none where it was not answered.
pub(crate) fn section<'t>(text: &'t str, question: &str) -> impl Iterator<Item = &'t str> {
    let head = format!("== {question}");
    let mut inside = false;
    text.lines().filter(move |line| {
        if line.starts_with("== ") {
            inside = *line == head;
            return false;
        }
        inside
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_the_lines_under_it() {
        let text = "before\n== one\na\n\nb\n== two\n== one and more\nc\n";
        assert_eq!(section(text, "one").collect::<Vec<_>>(), ["a", "", "b"]);
        assert_eq!(section(text, "two").count(), 0);
        assert_eq!(section(text, "and more").count(), 0);
    }
}

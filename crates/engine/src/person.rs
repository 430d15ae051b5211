//! The person at the terminal, as far as a run needs one.

/// What a run asks of the person at the terminal. Whoever embeds the library and has no person gives none.
pub trait Person: Send + Sync {
    /// Shows a text while the run waits.
    fn tell(&self, text: &str);

    /// Shows a question and waits for a line; `echo` says whether what is typed is shown.
    fn ask(&self, question: &str, echo: bool) -> Reply;
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A line, without its end.
    Line(String),
    /// There is no terminal.
    Nobody,
    /// The run is to be given up.
    Interrupted,
}

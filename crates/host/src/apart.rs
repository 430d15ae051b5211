//! Changes that go on by themselves, and the journal by which one hears of them.

use crate::quote;

/// A job: changes that are made after the connection that asked for them is gone.
///
/// Its journal is a folder that the user who makes the changes owns: `log` with lines `pid NUMBER`,
/// `done INDEX CODE BEGIN END WORD` and `end`; beside it the outputs `INDEX.o` and `INDEX.e`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// The folder of all journals; `~` is the user's home.
    pub folder: String,
    /// The name of the job, one part of a path.
    pub job: String,
}

impl Apart {
    /// Shell commands that put the path of the journal into `$h`.
    #[must_use]
    pub fn place(&self) -> String {
        format!(
            "h={}\ncase $h in '~') h=$HOME ;; '~/'*) h=$HOME/${{h#'~/'}} ;; /*) ;; *) h=$HOME/$h ;; esac\nh=$h/{}\n",
            quote(&self.folder),
            quote(&self.job)
        )
    }
}

//! Standard output and standard error, whose readers may go away at any time.

use std::io::Write as _;

/// Writes to standard output, colours only on a terminal; `false` when nobody reads any more.
pub(crate) fn text(text: &str) -> bool {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Writes to standard error, colours only on a terminal.
pub(crate) fn aside(text: &str) {
    let mut out = anstream::stderr().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

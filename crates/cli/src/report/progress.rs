//! A progress bar on a terminal: hosts done, the current task, the time.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;

/// The bar; it draws nothing where standard error is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(wanted: bool) -> Progress {
        if !wanted || !std::io::stderr().is_terminal() {
            return Progress {
                bar: ProgressBar::hidden(),
            };
        }
        let bar = ProgressBar::new(0);
        let template = "{bar:20} {pos}/{len} hosts  {wide_msg}  {elapsed}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(Duration::from_millis(250));
        Progress { bar }
    }

    /// A task begins on so many hosts.
    pub(super) fn task(&self, name: &str, hosts: usize) {
        self.bar.set_length(hosts as u64);
        self.bar.set_position(0);
        self.bar.set_message(name.to_owned());
    }

    /// A host is through.
    pub(super) fn host(&self) {
        self.bar.inc(1);
    }

    /// Prints while the bar is out of the way.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

//! Owner and permissions, set by a script that makes files itself.

use evenkeel_host::quote;

use crate::FileArguments;
use crate::Mode;

impl FileArguments {
    /// Shell commands that set what is wanted on `$f`; `|| exit` follows each.
    pub(crate) fn commands(&self) -> String {
        let mut text = String::new();
        let mut command = |words: String| text.push_str(&format!("{words} \"$f\" || exit 1\n"));
        if let Some(owner) = &self.owner {
            command(format!("chown -h -- {}", quote(owner)));
        }
        if let Some(group) = &self.group {
            command(format!("chgrp -h -- {}", quote(group)));
        }
        let links = "[ -L \"$f\" ] ||";
        match &self.mode {
            Some(Mode::Bits(bits)) => command(format!("{links} chmod {bits:04o} --")),
            Some(Mode::Symbolic(symbols)) => command(format!("{links} chmod {} --", quote(symbols))),
            Some(Mode::Preserve) | None => {}
        }
        let context = [
            ("u", &self.seuser),
            ("r", &self.serole),
            ("t", &self.setype),
            ("l", &self.selevel),
        ];
        let context: String = context
            .iter()
            .filter_map(|(flag, part)| Some(format!(" -{flag} {}", quote(part.as_ref()?))))
            .collect();
        if !context.is_empty() {
            command(format!("! [ -e /sys/fs/selinux/enforce ] || chcon{context} --"));
        }
        if let Some(flags) = &self.attributes {
            let flags = if flags.starts_with(['+', '-', '=']) {
                flags.clone()
            } else {
                format!("={flags}")
            };
            command(format!("chattr {}", quote(&flags)));
        }
        text
    }
}

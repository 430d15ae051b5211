//! Modules of the running kernel.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

/// Whether the kernel has a module, loaded or built in; the name with `-` or `_`, which are the same to it.
#[derive(Clone, Debug)]
pub struct KernelModule(pub String);

impl Fact for KernelModule {
    type Value = bool;
    const FAMILY: &'static str = "kernel-module";

    fn key(&self) -> String {
        self.0.replace('-', "_")
    }

    fn script(keys: &[&str]) -> String {
        let patterns: Vec<_> = keys
            .iter()
            .map(|key| format!("-e {}", quote(&format!("{key} "))))
            .collect();
        let built_in: Vec<_> = keys
            .iter()
            .map(|key| format!("-e {}", quote(&format!("/{}.ko", key.replace('_', "[-_]")))))
            .collect();
        format!(
            "[ -r /proc/modules ] || exit 1\n\
             grep -F {} /proc/modules\necho '== built in'\n\
             grep {} \"/lib/modules/$(uname -r)/modules.builtin\" 2>/dev/null\nexit 0\n",
            patterns.join(" "),
            built_in.join(" ")
        )
    }

    fn parse(&self, output: &Output) -> Result<bool, String> {
        if output.code != 0 {
            return Err("the kernel does not tell its modules: /proc/modules is missing".to_owned());
        }
        let text = output.text();
        let (loaded, built_in) = text.split_once("== built in").unwrap_or((&text, ""));
        let key = self.key();
        let is_loaded = loaded.lines().any(|line| line.split(' ').next() == Some(&key));
        let name = |line: &str| {
            let file = line.rsplit('/').next().unwrap_or("");
            file.split(".ko").next().unwrap_or("").replace('-', "_")
        };
        Ok(is_loaded || built_in.lines().any(|line| !line.is_empty() && name(line) == key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loaded_or_built_in() {
        let stdout =
            b"br_netfilter 32768 0 - Live 0x0\nbridge 311296 1 br_netfilter, Live 0x0\n== built in\n\
            kernel/crypto/crc32c-generic.ko\n";
        let output = Output {
            stdout: stdout.to_vec(),
            ..Output::default()
        };
        let has = |name: &str| KernelModule(name.to_owned()).parse(&output);
        assert_eq!((has("br_netfilter"), has("br-netfilter")), (Ok(true), Ok(true)));
        assert_eq!((has("crc32c_generic"), has("netfilter")), (Ok(true), Ok(false)));
    }
}

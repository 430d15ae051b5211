//! SELinux as the kernel has it.

use evenkeel_host::Fact;
use evenkeel_host::Output;

/// `enforcing`, `permissive`, or `disabled` where the kernel has none.
#[derive(Clone, Debug)]
pub struct SelinuxMode;

impl Fact for SelinuxMode {
    type Value = String;
    const FAMILY: &'static str = "selinux-mode";

    fn key(&self) -> String {
        String::new()
    }

    fn script(_keys: &[&str]) -> String {
        "[ -e /sys/fs/selinux/enforce ] || { echo disabled; exit 0; }\nread -r e </sys/fs/selinux/enforce; echo \"$e\"\n"
            .to_owned()
    }

    fn parse(&self, output: &Output) -> Result<String, String> {
        match output.text().trim() {
            "1" => Ok("enforcing".to_owned()),
            "0" => Ok("permissive".to_owned()),
            "disabled" => Ok("disabled".to_owned()),
            _ => Err("the kernel does not tell of SELinux".to_owned()),
        }
    }
}

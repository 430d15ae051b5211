//! `apt_key`: refused, with the mend.

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use super::group::Presence;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;

arguments! {
    /// Refused: keys that apt trusts for every source.
    pub struct AptKey {
        /// The key's number.
        id: Option<Text>,
        /// The key itself.
        data: Option<Text>,
        /// A file on the machine that holds the key.
        file: Option<Text>,
        /// The keyring that it would go to.
        keyring: Option<Text>,
        /// Where the key is fetched from.
        url: Option<Text>,
        /// The server that is asked for the key.
        keyserver: Option<Text>,
        /// Whether apt should trust it.
        state: Presence = Presence::Present,
        /// Whether the server's certificate is verified.
        validate_certs: bool = true,
    }
}

impl TaskType for AptKey {
    const NAME: &'static str = "apt_key";
    const ABOUT: &'static str = "Refused: apt would trust the key for every source; `deb822_repository` has `signed_by`.";
    const EXAMPLE: &'static str = "\
- name: A key that apt would trust for everything
  ansible.builtin.apt_key:
    url: https://example.org/key.asc
";
    type Seen = ();

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let key = self.url.as_ref().or(self.file.as_ref()).or(self.data.as_ref());
        let key = key.map_or("the key", |text| text.text.lines().next().unwrap_or("the key"));
        let problem = Problem::error(
            "task::unsupported",
            "`apt_key` is not supported: apt would trust the key for every source, and Debian has taken the program away",
        );
        Err(vec![problem.help(format!(
            "write one task `deb822_repository` with `signed_by: {key}` instead of `apt_key` and `apt_repository`"
        ))])
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        Ok(Plan::unchanged("it is refused before"))
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::new()
    }
}

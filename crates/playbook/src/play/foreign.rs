//! Task types that Ansible has and Evenkeel does not. Where a condition may skip such a task, a run goes on until its turn
//! comes: playbooks for several families of systems name what only some of their hosts need.

use evenkeel_tasks::Module;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Body;

/// The modules of `ansible.builtin` that are not here, and what does instead.
const BUILTIN: [(&str, &str); 8] = [
    (
        "expect",
        "give the answers to `ansible.builtin.command` with `stdin`",
    ),
    (
        "git",
        "`ansible.builtin.command: git clone URL DIR` with `creates: DIR`",
    ),
    ("mount_facts", "`ansible_facts.mounts` of `ansible.builtin.setup`"),
    (
        "pip",
        "install a package of the distribution, or `ansible.builtin.command: pip install NAME` with `creates`",
    ),
    ("rpm_key", "`ansible.builtin.command: rpm --import FILE`"),
    (
        "subversion",
        "`ansible.builtin.command: svn checkout URL DIR` with `creates: DIR`",
    ),
    ("sysvinit", "`ansible.builtin.service`: only systemd is supported"),
    (
        "yum_repository",
        "`ansible.builtin.copy` with a file in /etc/yum.repos.d",
    ),
];

/// Stands for such a task type.
pub(super) static FOREIGN: Module = Module {
    name: "unsupported",
    collection: "ansible.builtin",
    aliases: &[],
    about: "A task type that Ansible has and Evenkeel does not.",
    example: "",
    free_form: None,
    changes: true,
    fields: Vec::new,
    parse: |_, _| Err(Vec::new()),
    is_raw: |_| false,
};

/// Whether Ansible has, or a collection may have, a task type of this name that is not here. A name that is nearly one of
/// those that are here is taken for a mistake.
pub(super) fn is_foreign(name: &str) -> bool {
    mend(name).is_some() || is_of_collection(name)
}

fn is_of_collection(name: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let Some((collection, short)) = name.rsplit_once('.') else {
        return false;
    };
    let own = matches!(collection, "ansible.builtin" | "ansible.legacy");
    if own || !collection.contains('.') || !name.split('.').all(word) {
        return false;
    }
    let full: Vec<String> = evenkeel_tasks::MODULES.iter().map(Module::full_name).collect();
    let aliases = evenkeel_tasks::MODULES
        .iter()
        .flat_map(|module| module.aliases)
        .copied();
    let here = full.iter().map(String::as_str).chain(aliases);
    let here = here.filter_map(|full| full.strip_prefix(collection)?.strip_prefix('.'));
    nearest(short, here).is_none()
}

fn mend(name: &str) -> Option<&'static str> {
    let short = ["ansible.builtin.", "ansible.legacy."]
        .iter()
        .find_map(|begin| name.strip_prefix(begin));
    let short = short.unwrap_or(name);
    BUILTIN
        .iter()
        .find(|(known, _)| *known == short)
        .map(|(_, mend)| *mend)
}

/// What is said of a task of such a type.
pub(super) fn unsupported(name: &str, at: &Place) -> Problem {
    let message = format!("`{name}` is a task type of Ansible's that Evenkeel does not have");
    let problem = Problem::error("playbook::unsupported", message).at(at, "not supported");
    match mend(name) {
        Some(mend) => problem.help(format!("instead: {mend}")),
        None => problem.help("`evenkeel modules` lists the task types that are supported"),
    }
}

impl Body {
    /// Why the task cannot be done, whatever its arguments are: Evenkeel does not have its type.
    pub fn unsupported(&self) -> Option<Problem> {
        std::ptr::eq(self.module, &FOREIGN).then(|| unsupported(&self.written, &self.at))
    }
}

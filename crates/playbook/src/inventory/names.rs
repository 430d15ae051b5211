//! Names of variables: which are valid, reserved, or hold a secret; and which known name an unknown one resembles.

/// Words that playbooks and templates use themselves, so that a variable of that name is not what it seems.
const RESERVED: &[&str] = &[
    "action",
    "always",
    "any_errors_fatal",
    "args",
    "async",
    "async_val",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "block",
    "changed_when",
    "check_mode",
    "collections",
    "connection",
    "cycler",
    "debugger",
    "delay",
    "delegate_facts",
    "delegate_to",
    "dict",
    "diff",
    "environment",
    "fact_path",
    "failed_when",
    "force_handlers",
    "gather_facts",
    "gather_timeout",
    "handlers",
    "hosts",
    "ignore_errors",
    "ignore_unreachable",
    "joiner",
    "lipsum",
    "local_action",
    "lookup",
    "loop",
    "loop_control",
    "loop_with",
    "max_fail_percentage",
    "module_defaults",
    "name",
    "namespace",
    "no_log",
    "notify",
    "now",
    "omit",
    "order",
    "poll",
    "port",
    "post_tasks",
    "pre_tasks",
    "q",
    "query",
    "range",
    "register",
    "remote_user",
    "rescue",
    "retries",
    "roles",
    "run_once",
    "serial",
    "strategy",
    "tags",
    "tasks",
    "throttle",
    "timeout",
    "undef",
    "until",
    "vars_files",
    "vars_prompt",
    "when",
    "with_",
];

/// Words of the template language that cannot be variables.
const LANGUAGE: &[&str] = &["true", "false", "none", "True", "False", "None", "not"];

/// Variables that hold a password.
const SECRET: &[&str] = &[
    "ansible_become_pass",
    "ansible_become_password",
    "ansible_password",
    "ansible_paramiko_password",
    "ansible_private_key_passphrase",
    "ansible_ssh_pass",
    "ansible_ssh_password",
    "ansible_ssh_private_key_passphrase",
    "ansible_su_pass",
    "ansible_sudo_pass",
];

/// Whether a name can be used in a template: ASCII letters, digits and underscores, no digit first.
pub(crate) fn is_valid(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !LANGUAGE.contains(&name)
}

/// Whether a name is a word of playbooks or templates.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Whether the value under this name must never be shown: connection and become passwords.
pub fn is_secret(name: &str) -> bool {
    name.starts_with("ansible_") && (SECRET.contains(&name) || become_password(name))
}

/// Become plugins name theirs after themselves: `ansible_doas_pass`, `ansible_runas_pass`, ...
fn become_password(name: &str) -> bool {
    [
        "doas",
        "dzdo",
        "ksu",
        "machinectl",
        "pbrun",
        "pfexec",
        "pmrun",
        "runas",
        "sesu",
        "enable",
    ]
    .iter()
    .any(|plugin| {
        name.strip_prefix("ansible_")
            .and_then(|rest| rest.strip_prefix(plugin))
            == Some("_pass")
    })
}

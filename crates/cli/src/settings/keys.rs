//! The keys of `ansible.cfg` that are known.

/// Section and key, and the variable that beats it.
pub(super) type Key = (&'static str, &'static str, &'static str);

/// The keys that are read: section and key of `ansible.cfg`, and the variable that beats it.
pub(super) const KEYS: &[Key] = &[
    ("defaults", "inventory", "ANSIBLE_INVENTORY"),
    ("defaults", "forks", "ANSIBLE_FORKS"),
    ("defaults", "remote_user", "ANSIBLE_REMOTE_USER"),
    ("defaults", "private_key_file", "ANSIBLE_PRIVATE_KEY_FILE"),
    ("defaults", "roles_path", "ANSIBLE_ROLES_PATH"),
    ("defaults", "timeout", "ANSIBLE_TIMEOUT"),
    (
        "defaults",
        "vault_encrypt_identity",
        "ANSIBLE_VAULT_ENCRYPT_IDENTITY",
    ),
    ("defaults", "vault_encrypt_salt", "ANSIBLE_VAULT_ENCRYPT_SALT"),
    ("defaults", "vault_id_match", "ANSIBLE_VAULT_ID_MATCH"),
    ("defaults", "vault_identity", "ANSIBLE_VAULT_IDENTITY"),
    ("defaults", "vault_identity_list", "ANSIBLE_VAULT_IDENTITY_LIST"),
    ("defaults", "vault_password_file", "ANSIBLE_VAULT_PASSWORD_FILE"),
    ("defaults", "host_key_checking", "ANSIBLE_HOST_KEY_CHECKING"),
    ("privilege_escalation", "become", "ANSIBLE_BECOME"),
    ("privilege_escalation", "become_user", "ANSIBLE_BECOME_USER"),
];

/// The keys that are read under the names of Ansible's programs only.
pub(super) const KEYS_AS_ANSIBLE: &[Key] = &[
    ("defaults", "ask_pass", "ANSIBLE_ASK_PASS"),
    ("defaults", "ask_vault_pass", "ANSIBLE_ASK_VAULT_PASS"),
    ("defaults", "become_password_file", "ANSIBLE_BECOME_PASSWORD_FILE"),
    (
        "defaults",
        "connection_password_file",
        "ANSIBLE_CONNECTION_PASSWORD_FILE",
    ),
    ("defaults", "force_handlers", "ANSIBLE_FORCE_HANDLERS"),
    ("defaults", "gathering", "ANSIBLE_GATHERING"),
    ("defaults", "playbook_dir", "ANSIBLE_PLAYBOOK_DIR"),
    ("defaults", "stdout_callback", "ANSIBLE_STDOUT_CALLBACK"),
    ("defaults", "transport", "ANSIBLE_TRANSPORT"),
    ("defaults", "verbosity", "ANSIBLE_VERBOSITY"),
    ("diff", "always", "ANSIBLE_DIFF_ALWAYS"),
    (
        "privilege_escalation",
        "become_ask_pass",
        "ANSIBLE_BECOME_ASK_PASS",
    ),
    ("privilege_escalation", "become_method", "ANSIBLE_BECOME_METHOD"),
    ("ssh_connection", "ssh_args", "ANSIBLE_SSH_ARGS"),
    ("ssh_connection", "ssh_common_args", "ANSIBLE_SSH_COMMON_ARGS"),
    ("ssh_connection", "ssh_extra_args", "ANSIBLE_SSH_EXTRA_ARGS"),
    ("tags", "run", "ANSIBLE_RUN_TAGS"),
    ("tags", "skip", "ANSIBLE_SKIP_TAGS"),
];

/// Keys, and their variables, that make no difference here, whatever they say: nothing is told of them under the names
/// of Ansible's programs.
pub(super) const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("ansible_home", "ANSIBLE_HOME"),
    ("control_path", "ANSIBLE_SSH_CONTROL_PATH"),
    ("control_path_dir", "ANSIBLE_SSH_CONTROL_PATH_DIR"),
    ("deprecation_warnings", "ANSIBLE_DEPRECATION_WARNINGS"),
    ("fact_caching", "ANSIBLE_CACHE_PLUGIN"),
    ("fact_caching_connection", "ANSIBLE_CACHE_PLUGIN_CONNECTION"),
    ("fact_caching_prefix", "ANSIBLE_CACHE_PLUGIN_PREFIX"),
    ("fact_caching_timeout", "ANSIBLE_CACHE_PLUGIN_TIMEOUT"),
    ("force_color", "ANSIBLE_FORCE_COLOR"),
    ("internal_poll_interval", "ANSIBLE_INTERNAL_POLL_INTERVAL"),
    ("interpreter_python", "ANSIBLE_PYTHON_INTERPRETER"),
    ("local_tmp", "ANSIBLE_LOCAL_TEMP"),
    ("localhost_warning", "ANSIBLE_LOCALHOST_WARNING"),
    ("nocolor", "ANSIBLE_NOCOLOR"),
    ("nocows", "ANSIBLE_NOCOWS"),
    ("pipelining", "ANSIBLE_PIPELINING"),
    ("pipelining", "ANSIBLE_SSH_PIPELINING"),
    ("remote_tmp", "ANSIBLE_REMOTE_TMP"),
    ("retry_files_save_path", "ANSIBLE_RETRY_FILES_SAVE_PATH"),
    ("scp_if_ssh", "ANSIBLE_SCP_IF_SSH"),
    ("system_warnings", "ANSIBLE_SYSTEM_WARNINGS"),
    ("transfer_method", "ANSIBLE_SSH_TRANSFER_METHOD"),
    ("usetty", "ANSIBLE_SSH_USETTY"),
];

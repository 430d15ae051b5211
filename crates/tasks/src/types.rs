//! The task types, and the list of them: one line each.

use crate::Module;

pub use get_url::request::HttpRequest;

macro_rules! modules {
    ($($file:ident :: $Type:ident),* $(,)?) => {
        $(mod $file; pub use $file::$Type;)*

        /// All task types.
        pub const MODULES: &[Module] = &[$(Module::of::<$Type>()),*];
    };
}

modules! {
    add_host::AddHost,
    apt::Apt,
    apt_key::AptKey,
    apt_repository::AptRepository,
    assemble::Assemble,
    assert::Assert,
    async_status::AsyncStatus,
    authorized_key::AuthorizedKey,
    blockinfile::Blockinfile,
    command::Command,
    copy::Copy,
    cron::Cron,
    deb822_repository::Deb822Repository,
    debconf::Debconf,
    debug::Debug,
    dnf::Dnf,
    dpkg_selections::DpkgSelections,
    fail::Fail,
    fetch::Fetch,
    file::File,
    find::Find,
    firewalld::Firewalld,
    gather_facts::GatherFacts,
    get_url::GetUrl,
    getent::Getent,
    group::Group,
    group_by::GroupBy,
    hostname::Hostname,
    include_role::IncludeRole,
    include_tasks::IncludeTasks,
    include_vars::IncludeVars,
    iptables::Iptables,
    known_hosts::KnownHosts,
    lineinfile::Lineinfile,
    meta::Meta,
    modprobe::Modprobe,
    mount::Mount,
    package::Package,
    package_facts::PackageFacts,
    pause::Pause,
    ping::Ping,
    raw::Raw,
    reboot::Reboot,
    replace::Replace,
    script::Script,
    selinux::Selinux,
    service::Service,
    service_facts::ServiceFacts,
    set_fact::SetFact,
    set_stats::SetStats,
    setup::Setup,
    shell::Shell,
    slurp::Slurp,
    stat::Stat,
    sysctl::Sysctl,
    systemd_service::SystemdService,
    tempfile::Tempfile,
    template::Template,
    timezone::Timezone,
    ufw::Ufw,
    unarchive::Unarchive,
    uri::Uri,
    user::User,
    validate_argument_spec::ValidateArgumentSpec,
    wait_for::WaitFor,
    wait_for_connection::WaitForConnection,
}

/// The task type under a short or full name; `ansible.legacy` is the same as `ansible.builtin`.
pub fn module(name: &str) -> Option<&'static Module> {
    let legacy = name
        .strip_prefix("ansible.legacy.")
        .map(|short| format!("ansible.builtin.{short}"));
    let name = legacy.as_deref().unwrap_or(name);
    let short = |full: &str| full.rsplit('.').next() == Some(name);
    MODULES.iter().find(|module| {
        module.name == name
            || name
                .strip_prefix(module.collection)
                .and_then(|rest| rest.strip_prefix('.'))
                == Some(module.name)
            || module.aliases.iter().any(|alias| *alias == name || short(alias))
    })
}

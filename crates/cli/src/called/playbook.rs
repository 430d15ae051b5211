//! `ansible-playbook`.

mod args;
mod refusals;

use std::ffi::OsString;
use std::path::Path;

use evenkeel::Mode;
use evenkeel::Problem;

use crate::args::AnsibleLogin;
use crate::args::ConnectionArgs;
use crate::args::Format;
use crate::args::RunArgs;
use crate::args::SourceArgs;
use crate::commands;
use crate::draw;
use crate::exit::Outcome;
use crate::out;
use crate::settings::Settings;
use args::Args;

impl Args {
    /// The same in Evenkeel's words: one run of all playbooks.
    fn run(&self, settings: &Settings) -> RunArgs {
        let chosen = |own: &[String], key| match (own, settings.get(key)) {
            ([], Some(tags)) => tags.split(',').map(|tag| tag.trim().to_owned()).collect(),
            _ => own.to_vec(),
        };
        let skip_tags = chosen(&self.skip_tags, "skip");
        let mut tags = chosen(&self.tags, "run");
        if self.list_tags && tags.is_empty() && skip_tags.is_empty() {
            tags = ["never", "all"].map(str::to_owned).to_vec();
        }
        RunArgs {
            playbook: self.playbooks.first().cloned(),
            further: self.playbooks.iter().skip(1).cloned().collect(),
            source: SourceArgs {
                inventory: self.inventory.clone(),
                extra_vars: self.extra_vars.clone(),
                allow_empty: self.allow_empty,
                vault: self.vault.clone(),
            },
            limit: self.limit.clone(),
            tags,
            skip_tags,
            start_at_task: self.start_at_task.clone(),
            forks: self.forks,
            verbose: self.verbosity(settings),
            format: Format::Ansible,
            simulate: false,
            list_hosts: self.list_hosts,
            list_tasks: self.list_tasks,
            list_tags: self.list_tags,
            syntax_check: self.syntax_check,
            force_handlers: self.force_handlers || settings.flag("force_handlers"),
            connection: self.login(settings),
        }
    }

    fn login(&self, settings: &Settings) -> ConnectionArgs {
        let login = &self.login;
        let file = |own: &Option<_>, asked, key| match (own, asked, settings.get(key)) {
            (None, false, Some(path)) => Some(path.into()),
            _ => own.clone(),
        };
        ConnectionArgs {
            user: login.user.clone(),
            private_key: login.private_key.clone(),
            ask_pass: login.ask_pass || settings.flag("ask_pass"),
            becomes: login.becomes,
            become_method: login.become_method.clone(),
            become_user: login.become_user.clone(),
            ask_become_pass: login.ask_become_pass || settings.flag("become_ask_pass"),
            ssh: login.ssh,
            known_hosts: Vec::new(),
            accept_new_host_keys: false,
            timeout: login.timeout,
            ansible: AnsibleLogin {
                connection: login
                    .connection
                    .clone()
                    .or_else(|| settings.get("transport").map(str::to_owned))
                    .filter(|connection| connection != "smart"),
                password_file: file(
                    &login.connection_password_file,
                    login.ask_pass,
                    "connection_password_file",
                ),
                become_password_file: file(
                    &login.become_password_file,
                    login.ask_become_pass,
                    "become_password_file",
                ),
                ssh_common_args: login.ssh_common_args.clone(),
                ssh_extra_args: login.ssh_extra_args.clone(),
            },
        }
    }

    fn verbosity(&self, settings: &Settings) -> u8 {
        let configured = settings.get("verbosity").and_then(|text| text.parse().ok());
        configured.filter(|_| self.verbose == 0).unwrap_or(self.verbose)
    }
}

/// Where settings come from.
fn settings_told(file: Option<&Path>) -> String {
    match file.map(std::path::absolute) {
        Some(Ok(path)) => format!("Using {} as config file\n", path.display()),
        _ => "No config file found; using defaults\n".to_owned(),
    }
}

/// Runs the playbooks, one after the other, until one leaves a host that failed.
pub(super) fn run(words: &[OsString]) -> u8 {
    let args: Args = match super::read(words) {
        Ok(args) => args,
        Err(code) => return code,
    };
    if let Err(code) = args.refuse() {
        return code;
    }
    let context = match crate::context(true, Some(&args.vault)) {
        Ok(context) => context,
        Err(outcome) => return outcome.ansible_code(),
    };
    for playbook in &args.playbooks {
        if !playbook.is_file() {
            let text = format!("the playbook {} could not be found", playbook.display());
            draw::problems(&[Problem::error("called::playbook", text)]);
            return Outcome::Missing.ansible_code();
        }
    }
    let settings = &context.settings;
    if args.verbosity(settings) > 0 {
        out::text(&settings_told(settings.file.as_deref()));
    }
    let mode = if args.check { Mode::Plan } else { Mode::Apply };
    let diffs = args.diff || settings.flag("always");
    commands::as_ansible(&context, &args.run(settings), mode, diffs).ansible_code()
}

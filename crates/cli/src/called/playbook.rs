//! `ansible-playbook`.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use clap::ArgAction;
use clap::Parser;
use evenkeel::Mode;
use evenkeel::Problem;

use super::Refusal;
use crate::args::ConnectionArgs;
use crate::args::Format;
use crate::args::RunArgs;
use crate::args::SourceArgs;
use crate::args::SshClient;
use crate::args::VaultArgs;
use crate::commands;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Runs playbooks as Ansible's program does: the same options, output and exit codes. Evenkeel does the work.
#[derive(Debug, Parser)]
#[command(
    name = "ansible-playbook",
    version,
    infer_long_args = true,
    max_term_width = 100
)]
struct Args {
    /// Playbooks
    #[arg(required = true, value_name = "PLAYBOOK")]
    playbooks: Vec<PathBuf>,
    /// Inventory: a file, a folder, or `host1,host2,`
    #[arg(short, long, alias = "inventory-file")]
    inventory: Vec<String>,
    /// Only these hosts: a pattern, or `@file`
    #[arg(short, long, value_name = "SUBSET")]
    limit: Vec<String>,
    /// Extra variables: `k=v`, YAML, JSON or `@file`
    #[arg(short, long)]
    extra_vars: Vec<String>,
    /// Only tasks with these tags
    #[arg(short, long, value_delimiter = ',')]
    tags: Vec<String>,
    /// No tasks with these tags
    #[arg(long, value_delimiter = ',')]
    skip_tags: Vec<String>,
    /// How many hosts are worked on at the same time
    #[arg(short, long)]
    forks: Option<usize>,
    /// Change nothing: show what would change
    #[arg(short = 'C', long)]
    check: bool,
    /// Show the differences
    #[arg(short = 'D', long)]
    diff: bool,
    /// Show more; may be given several times
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// Only list the hosts
    #[arg(long)]
    list_hosts: bool,
    /// Only list the tasks
    #[arg(long)]
    list_tasks: bool,
    /// Only list the tags
    #[arg(long)]
    list_tags: bool,
    /// Only check the playbook
    #[arg(long)]
    syntax_check: bool,
    /// Run the handlers of hosts that failed, too
    #[arg(long)]
    force_handlers: bool,
    /// Nothing to do: no facts are kept from one run to the next
    #[arg(long)]
    flush_cache: bool,
    /// Evenkeel's: accept an empty inventory, patterns that match nothing and runs without hosts, as Ansible does
    #[arg(long)]
    allow_empty: bool,
    /// How hosts are reached and as whom.
    #[command(flatten)]
    login: Login,
    /// Passwords of `ansible-vault`.
    #[command(flatten)]
    vault: VaultArgs,
    /// What is refused.
    #[command(flatten)]
    others: Others,
}

/// How hosts are reached and as whom.
#[derive(clap::Args, Debug)]
struct Login {
    /// Log in as this user
    #[arg(short, long = "user", value_name = "REMOTE_USER")]
    user: Option<String>,
    /// Private key for the login
    #[arg(long, alias = "key-file", value_name = "PRIVATE_KEY_FILE")]
    private_key: Option<PathBuf>,
    /// Seconds until a connection attempt is given up
    #[arg(short = 'T', long)]
    timeout: Option<u64>,
    /// Ask for the login password
    #[arg(short = 'k', long)]
    ask_pass: bool,
    /// Become another user through sudo
    #[arg(short = 'b', long = "become")]
    becomes: bool,
    /// The method: `sudo` is the only one
    #[arg(long, value_name = "METHOD")]
    become_method: Option<String>,
    /// The user to become
    #[arg(long, default_value = "root")]
    become_user: String,
    /// Ask for sudo's password
    #[arg(short = 'K', long)]
    ask_become_pass: bool,
    /// The connection: `ssh`, or what the inventory says
    #[arg(short, long)]
    connection: Option<String>,
}

/// Options that cannot be followed: each is answered with what to do instead.
#[derive(clap::Args, Debug)]
struct Others {
    /// Refused
    #[arg(long, hide = true)]
    step: bool,
    /// Refused
    #[arg(long, hide = true)]
    start_at_task: Option<String>,
    /// Refused
    #[arg(short = 'M', long, hide = true)]
    module_path: Vec<String>,
    /// Refused
    #[arg(long, hide = true, allow_hyphen_values = true)]
    ssh_common_args: Option<String>,
    /// Refused
    #[arg(long, hide = true, allow_hyphen_values = true)]
    ssh_extra_args: Option<String>,
    /// Refused
    #[arg(long, hide = true, allow_hyphen_values = true)]
    scp_extra_args: Option<String>,
    /// Refused
    #[arg(long, hide = true, allow_hyphen_values = true)]
    sftp_extra_args: Option<String>,
    /// Refused
    #[arg(long, alias = "conn-pass-file", hide = true)]
    connection_password_file: Option<String>,
    /// Refused
    #[arg(long, alias = "become-pass-file", hide = true)]
    become_password_file: Option<String>,
}

impl Args {
    /// Says which options cannot be followed.
    fn refuse(&self) -> Result<(), u8> {
        let (login, others) = (&self.login, &self.others);
        let other = |given: &Option<String>, known: &[&str]| {
            given.as_deref().is_some_and(|word| !known.contains(&word))
        };
        let refusal = |given, option, instead| Refusal {
            given,
            option,
            instead,
        };
        let ssh = others.ssh_common_args.is_some() || others.ssh_extra_args.is_some();
        let copies = others.scp_extra_args.is_some() || others.sftp_extra_args.is_some();
        let files = others.connection_password_file.is_some() || others.become_password_file.is_some();
        super::refused(&[
            refusal(
                others.step,
                "--step",
                "`--check --diff` shows all that would change; `--tags` and `--limit` choose a part of it",
            ),
            refusal(
                others.start_at_task.is_some(),
                "--start-at-task",
                "begin at the start: what is done already is found unchanged; `--tags` chooses a part",
            ),
            refusal(
                !others.module_path.is_empty(),
                "--module-path",
                "task types are built in: `evenkeel modules` lists them",
            ),
            refusal(
                ssh,
                "--ssh-common-args and --ssh-extra-args",
                "set `ansible_ssh_common_args` of the hosts, or options in ~/.ssh/config",
            ),
            refusal(
                copies,
                "--scp-extra-args and --sftp-extra-args",
                "leave them out: files travel through the shell, neither scp nor sftp is used",
            ),
            refusal(
                files,
                "--connection-password-file and --become-password-file",
                "set `ansible_password` and `ansible_become_password` of the hosts, or let `-k` and `-K` ask; they also read standard input",
            ),
            refusal(
                other(&login.connection, &["ssh", "smart", "paramiko"]),
                "--connection",
                "set `ansible_connection` of the hosts, or `-e ansible_connection=local`",
            ),
            refusal(
                other(&login.become_method, &["sudo"]),
                "--become-method",
                "`sudo` is the only method",
            ),
        ])
    }

    /// The same in Evenkeel's words, for one of the playbooks.
    fn one(&self, playbook: &Path) -> RunArgs {
        let mut tags = self.tags.clone();
        if self.list_tags && tags.is_empty() && self.skip_tags.is_empty() {
            tags = ["never", "all"].map(str::to_owned).to_vec();
        }
        let login = &self.login;
        RunArgs {
            playbook: Some(playbook.to_owned()),
            source: SourceArgs {
                inventory: self.inventory.clone(),
                extra_vars: self.extra_vars.clone(),
                allow_empty: self.allow_empty,
                vault: self.vault.clone(),
            },
            limit: self.limit.clone(),
            tags,
            skip_tags: self.skip_tags.clone(),
            forks: self.forks,
            verbose: self.verbose,
            format: Format::Ansible,
            simulate: false,
            list_hosts: self.list_hosts,
            list_tasks: self.list_tasks,
            list_tags: self.list_tags,
            syntax_check: self.syntax_check,
            force_handlers: self.force_handlers,
            connection: ConnectionArgs {
                user: login.user.clone(),
                private_key: login.private_key.clone(),
                ask_pass: login.ask_pass,
                becomes: login.becomes,
                become_user: login.become_user.clone(),
                ask_become_pass: login.ask_become_pass,
                ssh: SshClient::Builtin,
                known_hosts: Vec::new(),
                accept_new_host_keys: false,
                timeout: login.timeout,
            },
        }
    }
}

/// Where settings come from.
fn settings_told(file: Option<&Path>) -> String {
    match file.map(std::path::absolute) {
        Some(Ok(path)) => format!("Using {} as config file\n", path.display()),
        _ => "No config file found; using defaults\n".to_owned(),
    }
}

/// Runs the playbooks, one after the other, until one does not end well.
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
            return 1;
        }
    }
    if args.verbose > 0 {
        out::text(&settings_told(context.settings.file.as_deref()));
    }
    let mode = if args.check { Mode::Plan } else { Mode::Apply };
    let each = args.playbooks.iter();
    let mut ends = each.map(|playbook| commands::as_ansible(&context, &args.one(playbook), mode, args.diff));
    ends.find(|outcome| *outcome != Outcome::Done)
        .map_or(0, Outcome::ansible_code)
}

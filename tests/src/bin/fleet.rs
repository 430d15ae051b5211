//! `fleet`: real hosts by hand.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "a command that starts programs"
)]

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use clap::Parser;
use clap::Subcommand;
use evenkeel_tests::fleet::Error;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::Image;
use evenkeel_tests::fleet::Result;
use evenkeel_tests::fleet::down;
use evenkeel_tests::fleet::down_stale;

/// Boots real Debian hosts on this machine and leaves them running. Needs root.
#[derive(Parser)]
#[command(name = "fleet")]
struct Arguments {
    /// The fleet's name, when several are wanted side by side.
    #[arg(long, global = true, default_value = "hand")]
    name: String,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Boots hosts n1, n2, ... at 192.0.2.1, 192.0.2.2, ... and prints how to reach them.
    Up {
        /// How many.
        count: u8,
        /// With python for Ansible and for the stand-ins, and nothing else.
        #[arg(long, conflicts_with = "stocked")]
        python: bool,
        /// With haproxy, keepalived, firewalld, nginx, etcd and python installed.
        #[arg(long)]
        stocked: bool,
    },
    /// Runs a command of this machine in the controller's network.
    Exec {
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Logs in to a host as root, or runs a command there.
    Ssh {
        /// The host's name.
        host: String,
        /// The command and its arguments; none: a shell.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Cuts a host's power.
    Kill {
        /// The host's name.
        host: String,
    },
    /// Switches a killed host on again.
    Start {
        /// The host's name.
        host: String,
    },
    /// Ends the fleet.
    Down,
    /// Ends what tests left behind that were killed.
    DownStale,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(Arguments { name, action }: Arguments) -> Result<()> {
    match action {
        Action::Up {
            count,
            python,
            stocked,
        } => up(&name, count, image(python, stocked)),
        Action::Exec { command } => {
            replace(Fleet::attach(&name)?.controller(&command[0]).args(&command[1..]))
        }
        Action::Ssh { host, command } => {
            let fleet = Fleet::attach(&name)?;
            let login = format!("root@{}", fleet.host(&host).address());
            replace(
                fleet
                    .controller("ssh")
                    .args(fleet.ssh_options())
                    .arg(login)
                    .args(command),
            )
        }
        Action::Kill { host } => Fleet::attach(&name)?.host(&host).kill(),
        Action::Start { host } => {
            let fleet = Fleet::attach(&name)?;
            fleet.host(&host).start()?;
            fleet.host(&host).wait_up()
        }
        Action::Down => down(&name),
        Action::DownStale => {
            down_stale()?.iter().for_each(|id| println!("ended {id}"));
            Ok(())
        }
    }
}

fn image(python: bool, stocked: bool) -> Image {
    match (python, stocked) {
        (_, true) => Image::Stocked,
        (true, false) => Image::Python,
        (false, false) => Image::Fresh,
    }
}

fn up(name: &str, count: u8, image: Image) -> Result<()> {
    let fleet = Fleet::named(name, &HostSpec::many(count, image))?;
    let inventory = fleet.directory().join("inventory");
    std::fs::write(&inventory, fleet.inventory()).map_err(|error| Error::Failed(error.to_string()))?;
    println!("inventory    {}", inventory.display());
    println!("key          {}", fleet.key().display());
    println!("known hosts  {}", fleet.known_hosts().display());
    println!("namespace    {name}: `fleet exec COMMAND..` runs a command there");
    fleet.keep()
}

/// Becomes another program; returns only when that fails.
fn replace(command: &mut std::process::Command) -> Result<()> {
    Err(Error::Failed(command.exec().to_string()))
}

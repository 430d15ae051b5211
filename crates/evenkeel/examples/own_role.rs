//! A role of one's own in Rust: composes it, prints the playbook that it comes to, applies that, and draws it its own way.
//!
//! `cargo run -p evenkeel --example own_role -- INVENTORY [--simulate]`; with `--simulate` the hosts are held in memory.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;
use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Disk;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Files;
use evenkeel::Memory;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Overlay;
use evenkeel::Problem;
use evenkeel::Project;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::Simulated;
use evenkeel::playbook::play::Card;
use evenkeel::playbook::play::Play;
use evenkeel::playbook::play::Playbook;
use evenkeel::tasks::types::Copy;
use evenkeel::tasks::types::Lineinfile;
use evenkeel::tasks::types::Service;
use serde_json::json;

type Problems = Vec<Problem>;

/// The role's variables.
struct Banner {
    company: String,
    contact: Option<String>,
}

impl Banner {
    /// What whoever logs in reads first.
    fn text(&self) -> String {
        let contact = self
            .contact
            .iter()
            .map(|contact| format!("Questions: {contact}\n"));
        let first = format!(
            "This machine belongs to {}. Everything done here is recorded.\n",
            self.company
        );
        std::iter::once(first).chain(contact).collect()
    }

    /// The role itself: task types are Rust's, arguments are checked here and not on the hosts.
    fn playbook(&self) -> Result<Playbook, Problems> {
        let file = json!({"dest": "/etc/issue.net", "content": self.text(), "owner": "root", "group": "root", "mode": "0644"});
        let sshd = json!({
            "path": "/etc/ssh/sshd_config",
            "regexp": "^#?Banner ",
            "line": "Banner /etc/issue.net",
            "validate": "/usr/sbin/sshd -t -f %s",
        });
        let write = Card::of::<Copy>("Write the banner", &file)?;
        let show = Card::of::<Lineinfile>("Let sshd show it", &sshd)?
            .about("sshd checks its new configuration before it gets it.")
            .notify("Reload sshd");
        let reload = json!({"name": "ssh", "state": "reloaded"});
        let play = Play::new("Say whose machine this is", "all")
            .about("From examples/own_role.rs.")
            .task(write)
            .task(show)
            .handler(Card::of::<Service>("Reload sshd", &reload)?);
        Ok(Playbook::new([play]))
    }
}

/// Applies a playbook, and tells each change as it is made.
fn apply(
    playbook: &str,
    inventory: &str,
    files: Arc<dyn Files>,
    hosts: Arc<dyn Connect>,
    tell: &mut dyn FnMut(String),
) -> Result<bool, Problems> {
    let one = |problem| vec![problem];
    let memory = Memory::default().with("own-role.yml", playbook);
    let loaded = Project::new(Arc::new(Overlay::new(memory, files)))
        .inventory(inventory)
        .playbook("own-role.yml")
        .load()?;
    let mut run = loaded.run(hosts, Options::default()).map_err(one)?;
    let recap = run.walk(Mode::Apply, &mut |event| {
        draw(event).into_iter().for_each(&mut *tell);
        true
    });
    let recap = recap.map_err(one)?;
    let hosts = recap.hosts.values();
    Ok(hosts.map(|host| host.failed + host.unreachable).sum::<usize>() == 0)
}

/// A line for each change and for what went wrong; nothing for what was right already.
fn draw(event: &Event) -> Vec<String> {
    match &event.kind {
        EventKind::HostTask { host, outcome, .. } => {
            let failure = outcome
                .failure
                .iter()
                .map(|failure| format!("{host}  FAILED  {}", failure.message));
            let changes = outcome
                .changes
                .iter()
                .map(|change| format!("{host}  {:<6}  {}", change.action, change.subject));
            changes.chain(failure).collect()
        }
        EventKind::RunFinished { recap } => {
            let hosts = recap.hosts.iter();
            hosts
                .map(|(host, counts)| format!("{host}  {} changed, {} ok", counts.changed, counts.ok))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn main() -> ExitCode {
    let (flags, inventories): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with('-'));
    let [inventory] = inventories.as_slice() else {
        eprintln!("usage: own_role INVENTORY [--simulate]");
        return ExitCode::FAILURE;
    };
    let hosts: Arc<dyn Connect> = if flags.iter().any(|flag| flag == "--simulate") {
        Arc::new(Simulated::debian12())
    } else {
        Arc::new(Reach::new(ReachOptions {
            home: std::env::home_dir(),
            ..ReachOptions::default()
        }))
    };
    let banner = Banner {
        company: "Example Ltd".to_owned(),
        contact: Some("ops@example.com".to_owned()),
    };
    let applied = banner.playbook().and_then(|playbook| {
        let playbook = playbook.to_yaml();
        println!("{playbook}");
        apply(&playbook, inventory, Arc::new(Disk), hosts, &mut |line| {
            println!("{line}")
        })
    });
    match applied {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_is_a_playbook_and_runs() {
        let banner = Banner {
            company: "Example Ltd".to_owned(),
            contact: None,
        };
        let playbook = banner.playbook().unwrap().to_yaml();
        insta::assert_snapshot!(playbook, @r#"
        ---
        # From examples/own_role.rs.
        - name: Say whose machine this is
          hosts: all
          tasks:
            - name: Write the banner
              ansible.builtin.copy:
                dest: /etc/issue.net
                content: |
                  This machine belongs to Example Ltd. Everything done here is recorded.
                owner: root
                group: root
                mode: "0644"

            # sshd checks its new configuration before it gets it.
            - name: Let sshd show it
              ansible.builtin.lineinfile:
                path: /etc/ssh/sshd_config
                regexp: "^#?Banner "
                line: Banner /etc/issue.net
                validate: /usr/sbin/sshd -t -f %s
              notify: Reload sshd
          handlers:
            - name: Reload sshd
              ansible.builtin.service:
                name: ssh
                state: reloaded
        "#);
        let files = Memory::default().with("hosts.ini", "web1\n");
        let mut told = Vec::new();
        let hosts = Arc::new(Simulated::debian12());
        let applied = apply(&playbook, "hosts.ini", Arc::new(files), hosts, &mut |line| {
            told.push(line)
        });
        assert_eq!(applied, Ok(true));
        insta::assert_snapshot!(told.join("\n"), @r"
        web1  update  /etc/issue.net
        web1  update  /etc/ssh/sshd_config
        web1  update  unit ssh.service
        web1  3 changed, 3 ok
        ");
    }
}

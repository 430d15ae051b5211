//! What a run that changes nothing costs a real host, counted by its own sshd: one login and one command.

use evenkeel_tests::command::evenkeel;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;

use crate::one;

const PLAYBOOK: &str = "
- hosts: all
  tasks:
    - ansible.builtin.file: {path: /srv/app, state: directory, mode: '0750'}
    - ansible.builtin.copy: {content: \"kept\\n\", dest: /srv/app/a}
    - ansible.builtin.lineinfile: {path: /etc/hosts, line: 192.0.2.100 vip}
    - ansible.posix.sysctl: {name: net.ipv4.ip_forward, value: '1', sysctl_file: /etc/sysctl.d/50-f.conf}
    - ansible.builtin.service: {name: ssh, state: started}
    - ansible.builtin.stat: {path: /srv/app/a}
    - ansible.builtin.group: {name: keepers}
    - ansible.builtin.user: {name: keeper, group: keepers}
";

/// How many logins and commands sshd has seen.
fn seen(host: &Host) -> (usize, usize) {
    let log = host.exec("journalctl -q -u ssh --no-pager -o cat").unwrap();
    let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    (count("Accepted publickey"), count("Starting session: command"))
}

#[test]
fn a_run_that_changes_nothing_is_one_login_and_one_command() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    let host = fleet.host("n1");
    host.exec("echo 'LogLevel VERBOSE' >/etc/ssh/sshd_config.d/verbose.conf && systemctl reload ssh")
        .unwrap();
    let folder = fleet.directory();
    std::fs::write(
        folder.join("n1.ini"),
        "n1 ansible_host=192.0.2.1 ansible_user=root\n",
    )
    .unwrap();
    let fact =
        "    - ansible.builtin.copy: {content: \"{{ ansible_facts.hostname }}\\n\", dest: /srv/name}\n";
    let with_fact = format!("{PLAYBOOK}{fact}");
    for (playbook, commands) in [(PLAYBOOK, 1), (with_fact.as_str(), 2)] {
        std::fs::write(folder.join("site.yml"), playbook).unwrap();
        let first = evenkeel(&fleet, &["apply", "--yes", "-i", "n1.ini", "site.yml"]).unwrap();
        assert_eq!(first.code, 0, "{first:#?}");
        let before = seen(host);
        let second = evenkeel(&fleet, &["apply", "--yes", "-i", "n1.ini", "site.yml"]).unwrap();
        assert_eq!(
            (second.code, second.events.changed().len()),
            (0, 0),
            "{second:#?}"
        );
        let after = seen(host);
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, commands));
    }
}

const FACTS: &str = "
- hosts: all
  tasks:
    - ansible.builtin.assert: {that: ansible_local.port is not defined}
    - ansible.builtin.file: {path: /etc/ansible/facts.d, state: directory}
    - ansible.builtin.copy: {content: '8443', dest: /etc/ansible/facts.d/port.fact}
- hosts: all
  become: true
  tasks:
    - ansible.builtin.assert: {that: ansible_local.port == 8443}
    - ansible.builtin.file: {path: /etc/ansible, state: absent}
";

#[test]
fn each_play_gathers_what_is_so_when_it_begins() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    let folder = fleet.directory();
    std::fs::write(
        folder.join("n1.ini"),
        "n1 ansible_host=192.0.2.1 ansible_user=root\n",
    )
    .unwrap();
    std::fs::write(folder.join("site.yml"), FACTS).unwrap();
    let ran = evenkeel(&fleet, &["apply", "--yes", "-i", "n1.ini", "site.yml"]).unwrap();
    assert_eq!((ran.code, ran.events.changed().len()), (0, 3), "{ran:#?}");
}

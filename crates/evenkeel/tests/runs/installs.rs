//! Nobody knows before what a package brings.

use evenkeel::Mode;
use insta::assert_snapshot;

use crate::doubt::told;

#[test]
fn what_fails_without_what_a_package_may_bring_is_not_sure_to_fail_after_it() {
    let tasks = "
    - ansible.builtin.apt: {name: nginx}
    - ansible.builtin.file: {path: /home/y/z, state: touch}
      ignore_errors: true
    - ansible.builtin.user: {name: deploy, groups: mysql}
    - ansible.builtin.file: {path: /etc/docker/x, state: touch}
    - ansible.builtin.service: {name: docker, state: started}
    - ansible.builtin.copy: {content: a, dest: /etc/docker/daemon.json}
    - ansible.builtin.getent: {database: passwd, key: mysql}
    - ansible.builtin.lineinfile: {path: /etc/my.cnf, line: x}
    - ansible.builtin.copy: {content: a, dest: /srv/a}
    - ansible.builtin.fail: {msg: on purpose}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Changed
    1 Ignored; could not touch /home/y/z: /home/y does not exist
    2 Changed, whether `install nginx` changes nothing else; it fails if that is so: group mysql does not exist
    3 Changed, whether `install nginx` changes nothing else; it fails if that is so: could not touch /etc/docker/x: /etc/docker does not exist
    4 Changed, whether `install nginx` changes nothing else; it fails if that is so: Could not find the requested service docker.service: host
    5 Changed, whether `install nginx` changes nothing else; it fails if that is so: Destination directory /etc/docker does not exist
    6 Ok, assumes that `ansible.builtin.user` does not fail
    7 Changed, whether `install nginx` changes nothing else; it fails if that is so: Destination /etc/my.cnf does not exist !
    8 Changed, assumes that `ansible.builtin.user` does not fail
    9 Failed, assumes that `ansible.builtin.user` does not fail; on purpose
    "#);
}

#[test]
fn what_is_looked_for_after_an_install_is_told_as_it_is_seen() {
    let tasks = "
    - ansible.builtin.apt: {name: nginx}
    - ansible.builtin.stat: {path: /etc/docker}
      register: seen
    - ansible.builtin.debug: {msg: \"{{ seen.stat.exists }}\"}
    - ansible.builtin.find: {paths: /etc/cron.d}
      register: seen
    - ansible.builtin.debug: {msg: \"{{ seen.matched }}\"}
    - ansible.builtin.file: {path: /var/www/html/index.html, state: absent}
    - ansible.builtin.file: {path: /etc/docker, state: directory}
    - ansible.builtin.lineinfile: {path: /etc/my.cnf, line: x, create: true}
    - ansible.builtin.copy: {content: a, dest: /etc/kept, force: false}
    - ansible.builtin.group: {name: docker}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Changed
    1 Ok
    2 Ok, false
    3 Ok
    4 Ok, 1
    5 Ok
    6 Changed
    7 Changed
    8 Changed
    9 Changed
    "#);
}

#[test]
fn what_no_package_brings_stays_sure_after_it() {
    let tasks = "
    - ansible.builtin.apt: {name: nginx}
    - ansible.builtin.copy: {content: a, dest: /etc/motd}
    - ansible.builtin.copy: {content: a, dest: /etc/new}
      register: written
    - ansible.builtin.debug: {msg: \"{{ written.changed }}\"}
    - ansible.builtin.lineinfile: {path: /etc/new, line: b}
    - ansible.builtin.service: {name: ssh, state: started}
    - ansible.builtin.file: {path: /home/x, state: directory}
    - ansible.builtin.stat: {path: /etc/passwd}
      register: seen
    - ansible.builtin.debug: {msg: \"{{ seen.stat.exists }}\"}
    - ansible.builtin.apt: {name: haproxy}
    - ansible.builtin.user: {name: root, shell: /bin/sh}
    - ansible.posix.sysctl: {name: vm.swappiness, value: '7', sysctl_file: /etc/sysctl.conf}
    - ansible.builtin.file: {path: /home/y/z, state: touch}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Changed
    1 Changed
    2 Changed
    3 Ok, true
    4 Changed
    5 Ok
    6 Changed
    7 Ok
    8 Ok, true
    9 Changed
    10 Changed
    11 Changed
    12 Failed; could not touch /home/y/z: /home/y does not exist
    "#);
}

#[test]
fn a_package_that_is_there_leaves_everything_sure() {
    let tasks = "
    - ansible.builtin.apt: {name: adduser}
    - ansible.builtin.stat: {path: /etc/docker}
      register: seen
    - ansible.builtin.debug: {msg: \"{{ seen.stat.exists }}\"}
    - ansible.builtin.file: {path: /etc/docker, state: directory}
    - ansible.builtin.apt: {name: nginx}
      check_mode: true
    - ansible.builtin.user: {name: deploy, groups: mysql}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Ok
    1 Ok
    2 Ok, false
    3 Changed
    4 Changed
    5 Failed; group mysql does not exist
    "#);
}

#[test]
fn what_a_package_brings_is_found_when_it_is_there() {
    let tasks = "
    - ansible.builtin.apt: {name: nginx}
    - ansible.builtin.file: {path: /var/lib/nginx/x, state: touch}
    - ansible.builtin.file: {path: /var/www/html, state: directory}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Changed
    1 Changed, whether `install nginx` changes nothing else; it fails if that is so: could not touch /var/lib/nginx/x: /var/lib/nginx does not exist
    2 Changed, assumes that `ansible.builtin.file` does not fail
    "#);
    assert_snapshot!(told(tasks, Mode::Apply), @r#"
    0 Changed
    1 Changed
    2 Changed
    "#);
}

#[test]
fn facts_that_are_asked_for_again_after_a_command_are_not_sure() {
    let tasks = |first: &str| {
        format!(
            "
    - {first}
    - ansible.builtin.service_facts:
    - ansible.builtin.debug: {{msg: \"{{{{ 'ssh.service' in services }}}}\"}}
    - ansible.builtin.package_facts:
    - ansible.builtin.debug: {{msg: \"{{{{ 'apt' in packages }}}}\"}}
    - ansible.builtin.getent: {{database: passwd}}
    - ansible.builtin.debug: {{msg: \"{{{{ 'root' in getent_passwd }}}}\"}}
    - ansible.builtin.setup:
    - ansible.builtin.debug: {{msg: \"{{{{ ansible_local }}}}\"}}
    - ansible.builtin.debug: {{msg: \"{{{{ ansible_hostname }}}}\"}}
    - ansible.builtin.debug: {{msg: \"{{{{ ansible_os_family }}}}\"}}
"
        )
    };
    assert_snapshot!(told(&tasks("ansible.builtin.command: make install"), Mode::Plan), @r#"
    0 Changed
    1 Ok, assumes that `run make install` changes nothing else
    2 Ok, whether `run make install` changes nothing else, (known after apply: whether `run make install` changes nothing else)
    3 Ok, assumes that `run make install` changes nothing else
    4 Ok, whether `run make install` changes nothing else, (known after apply: whether `run make install` changes nothing else)
    5 Ok, assumes that `run make install` changes nothing else
    6 Ok, whether `run make install` changes nothing else, (known after apply: whether `run make install` changes nothing else)
    7 Ok, assumes that `run make install` changes nothing else
    8 Ok, whether `run make install` changes nothing else, (known after apply: whether `run make install` changes nothing else)
    9 Ok, whether `run make install` changes nothing else, (known after apply: whether `run make install` changes nothing else)
    10 Ok, Debian
    "#);
    assert_snapshot!(told(&tasks("ansible.builtin.apt: {name: nginx}"), Mode::Plan), @r#"
    0 Changed
    1 Ok
    2 Ok, installing nginx, (known after apply: installing nginx)
    3 Ok
    4 Ok, installing nginx, (known after apply: installing nginx)
    5 Ok
    6 Ok, installing nginx, (known after apply: installing nginx)
    7 Ok
    8 Ok, {}
    9 Ok, debian
    10 Ok, Debian
    "#);
}

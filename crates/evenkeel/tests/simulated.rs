//! A simulated Debian 12 can be asked whatever ordinary playbooks ask: every task type on things that it has or lacks.

use std::sync::Arc;

use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Memory;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Project;
use evenkeel::Simulated;
use evenkeel::Status;

/// Task types that need what the captured machine has not: a server, a person, another boot, or programs that it lacks.
const NOT_CAPTURED: [&str; 9] = [
    "authorized_key",
    "cron",
    "get_url",
    "mount",
    "pause",
    "reboot",
    "unarchive",
    "uri",
    "wait_for_connection",
];

const SITE: &str = r#"
- hosts: all
  become: true
  vars: {greeting: hello}
  tasks:
    - ansible.builtin.apt: {name: [nginx, curl], update_cache: true, cache_valid_time: 3600}
    - ansible.builtin.assert: {that: "ansible_facts.os_family == 'Debian'"}
    - ansible.builtin.blockinfile: {path: /etc/motd, block: "{{ greeting }}"}
    - ansible.builtin.command: {cmd: uname -r}
      changed_when: false
    - ansible.builtin.copy: {src: /etc/hosts, dest: /etc/hosts.copy, remote_src: true}
    - ansible.builtin.copy: {content: "{{ greeting }}\n", dest: /usr/share/keyrings/greeting, mode: "0644"}
    - ansible.builtin.debug: {var: ansible_facts.hostname}
    - ansible.builtin.fail: {msg: no}
      when: ansible_facts.distribution_major_version != '12'
    - ansible.builtin.file: {path: /data/deep/er, state: directory, owner: www-data, mode: "0750"}
    - ansible.builtin.file: {path: /etc/no/such/thing, state: absent}
    # ansible.builtin.apt_key is refused; ansible.builtin.iptables and community.general.ufw are not installed here, nor is ansible.builtin.dnf
    - ansible.posix.selinux: {state: disabled}
    - ansible.builtin.apt_repository: {repo: "deb http://deb.example.org/debian bookworm main", state: absent}
    - ansible.builtin.deb822_repository:
        name: own
        uris: http://deb.example.org/debian
        suites: bookworm
        components: main
        signed_by: /usr/share/keyrings/greeting
    - ansible.builtin.debconf: {name: tzdata}
    - ansible.builtin.dpkg_selections: {name: bash, selection: install}
    - ansible.builtin.hostname: {name: debian}
    - community.general.modprobe: {name: nosuch, state: absent, persistent: absent}
    - ansible.builtin.package: {name: bash}
    - community.general.timezone: {name: Etc/UTC}
    - ansible.builtin.getent: {database: passwd, key: www-data}
    - ansible.builtin.assert: {that: "getent_passwd['www-data'][1] == '33'"}
    - ansible.builtin.package_facts: {manager: auto}
    - ansible.builtin.assert: {that: "ansible_facts.packages.bash[0].arch == 'amd64'"}
    - ansible.builtin.service_facts:
    - ansible.builtin.assert: {that: "services['ssh.service'].status == 'enabled'"}
    - ansible.builtin.group: {name: ops, gid: 4000}
    - ansible.builtin.include_tasks: more.yml
    - ansible.builtin.include_role: {name: motd}
    - ansible.builtin.include_vars: more_vars.yml
    - ansible.builtin.validate_argument_spec: {argument_spec: {more: {type: int}}}
    - ansible.builtin.lineinfile: {path: /etc/ssh/sshd_config, regexp: '^#?PermitRootLogin', line: PermitRootLogin no}
    - ansible.builtin.meta: flush_handlers
    - ansible.builtin.add_host: {name: web9, groups: [others]}
      changed_when: false
    - ansible.builtin.group_by: {key: "os_{{ ansible_facts.os_family }}"}
      changed_when: false
    - ansible.builtin.command: uptime
      async: 60
      poll: 0
      register: job
      changed_when: false
    - ansible.builtin.async_status: {jid: "{{ job.ansible_job_id }}"}
      changed_when: false
    - ansible.builtin.set_stats: {data: {hosts: 1}}
    - ansible.builtin.ping:
    - ansible.builtin.raw: uptime
      changed_when: false
    - ansible.builtin.script: hello.sh
      changed_when: false
    - ansible.builtin.tempfile: {state: file}
      changed_when: false
    - ansible.builtin.replace: {path: /etc/hosts, regexp: 'nowhere\.example', replace: there}
    - ansible.builtin.assemble: {src: parts, dest: /etc/assembled, remote_src: false}
    - ansible.builtin.slurp: {src: /etc/hostname}
    - ansible.builtin.find: {paths: /etc/apt, patterns: "*.list"}
    - ansible.builtin.fetch: {src: /etc/hostname, dest: fetched/, flat: true}
    - ansible.builtin.known_hosts: {name: web9, state: absent, path: /etc/ssh/ssh_known_hosts}
    - ansible.builtin.service: {name: ssh, state: started, enabled: true}
    - ansible.builtin.set_fact: {name: "{{ greeting | upper }}"}
    - ansible.builtin.gather_facts: {gather_subset: min}
    - ansible.builtin.setup: {gather_subset: min}
    - ansible.builtin.shell: echo > /var/tmp/marker
      args: {creates: /etc/hostname}
    - ansible.builtin.stat: {path: /nowhere}
      register: nowhere
    - ansible.builtin.assert: {that: not nowhere.stat.exists}
    - ansible.posix.sysctl: {name: net.ipv4.ip_forward, value: "1", sysctl_file: /etc/sysctl.d/50-forward.conf}
    - ansible.builtin.systemd_service: {name: systemd-journald, state: started}
    - ansible.builtin.template: {src: greeting.j2, dest: /etc/greeting, owner: root, mode: "0600"}
    - ansible.builtin.user: {name: bob, group: ops, groups: [sudo], append: true, shell: /bin/bash}
    - ansible.builtin.wait_for: {path: /etc/hostname}
- hosts: all
  tasks:
    - ansible.builtin.apt: {name: firewalld}
    - ansible.builtin.service: {name: firewalld, state: started}
    - ansible.posix.firewalld: {port: 6443/tcp, state: enabled, permanent: true, immediate: true}
"#;

#[test]
fn every_task_type_finds_what_it_asks_for() {
    for module in evenkeel::tasks::MODULES
        .iter()
        .filter(|module| !NOT_CAPTURED.contains(&module.name))
    {
        assert!(SITE.contains(&module.full_name()), "{} is not tried", module.name);
    }
    let files = Memory::default()
        .with("hosts.ini", "web1\n")
        .with("templates/greeting.j2", "{{ greeting }}, {{ name }}\n")
        .with("files/hello.sh", "#!/bin/sh\necho hello\n")
        .with("files/parts/a", "a\n")
        .with("files/parts/b", "b\n")
        .with("more.yml", "- ansible.builtin.meta: noop\n")
        .with("roles/motd/tasks/main.yml", "- ansible.builtin.meta: noop\n")
        .with("vars/more_vars.yml", "more: 1\n")
        .with("site.yml", SITE);
    let project = Project::new(Arc::new(files))
        .inventory("hosts.ini")
        .playbook("site.yml");
    let loaded = project.load().unwrap();
    let hosts = Arc::new(Simulated::debian12());
    let mut run = loaded.run(hosts, Options::default()).unwrap();
    let mut walk = |mode| {
        let mut changed = Vec::new();
        let mut each = |event: &Event| {
            if let EventKind::HostTask { task, outcome, .. } = &event.kind {
                assert_ne!(outcome.status, Status::Failed, "{}: {outcome:#?}", task.name);
                if outcome.status == Status::Changed {
                    changed.push(((task.play, task.number), outcome.known_after_apply.is_none()));
                }
            }
            true
        };
        run.walk(mode, &mut each).unwrap();
        changed
    };
    let (planned, applied) = (walk(Mode::Plan), walk(Mode::Apply));
    let happened = |task: &(usize, usize)| applied.iter().any(|(other, _)| other == task);
    let shown = |task: &(usize, usize)| planned.iter().any(|(other, _)| other == task);
    assert!(
        planned.iter().all(|(task, sure)| !sure || happened(task)),
        "what is surely shown happens: {planned:?} {applied:?}"
    );
    assert!(
        applied.iter().all(|(task, _)| shown(task)),
        "nothing happens that was not shown: {planned:?} {applied:?}"
    );
    assert_eq!((planned.len(), applied.len()), (19, 17));
    assert_eq!(walk(Mode::Plan), [], "after that nothing is to be done");
    assert_eq!(walk(Mode::Apply), []);
}

//! Jobs in the background (`async` with `poll: 0`) that are somebody else's than who logs in.

use evenkeel_tests::fleet::Fleet;

use crate::PASSWORD;
use crate::become_::run;
use crate::one;

const PLAYBOOK: &str = "
- name: A job that outlives its task
  hosts: all
  gather_facts: false
  become: true
  tasks:
    - name: Begin
      ansible.builtin.shell:
        cmd: until test -e /run/go-on; do sleep 0.1; done; id -un > /etc/of-job; id -un
      async: 60
      poll: 0
      register: job
    - name: It goes on while other tasks run
      ansible.builtin.command:
        cmd: touch /run/go-on
        creates: /run/go-on
    - name: Wait
      ansible.builtin.async_status:
        jid: '{{ job.ansible_job_id }}'
      register: ended
      until: ended.finished
      retries: 100
      delay: 0.2
    - name: It was root's
      ansible.builtin.assert:
        that: ended.rc == 0 and ended.stdout == 'root'
    - name: Nothing is left of it
      ansible.builtin.async_status:
        jid: '{{ job.ansible_job_id }}'
        mode: cleanup
";

#[test]
fn a_job_goes_on_behind_its_task() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    let host = fleet.host("n1");
    let password = format!(r#"{{"ansible_become_password": "{PASSWORD}"}}"#);
    let password = ["-e", password.as_str()];
    for (user, given, client) in [
        ("root", &[][..], "builtin"),
        ("ops", &[][..], "openssh"),
        ("opspw", &password[..], "builtin"),
        ("opspw", &password[..], "openssh"),
    ] {
        host.exec("rm -f /run/go-on /etc/of-job").unwrap();
        let options = [given, &["--yes", "--ssh", client]].concat();
        let applied = run(&fleet, PLAYBOOK, "apply", user, &options);
        assert_eq!(applied.code, 0, "{user} {client}: {applied:#?}");
        let owner = host.exec("stat -c %U /etc/of-job; cat /etc/of-job").unwrap();
        assert_eq!(owner, "root\nroot\n", "{user} {client}");
        let left = host.exec("find / -xdev -path '*ansible_async*' -type f").unwrap();
        assert_eq!(left, "", "{user} {client}");
    }
}

//! `become` through the command, from users who are not root.

use evenkeel_tests::command::Ran;
use evenkeel_tests::command::evenkeel;
use evenkeel_tests::fleet::Fleet;

use crate::PASSWORD;
use crate::one;

const PLAYBOOK: &str = "
- name: Files of three users
  hosts: all
  gather_facts: false
  tasks:
    - name: Root's
      ansible.builtin.copy:
        content: \"root's\\n\"
        dest: /etc/of-root
        mode: '0600'
      become: true
    - name: One's own
      ansible.builtin.copy:
        content: \"own\\n\"
        dest: '/home/{{ ansible_user }}/own'
        mode: '0640'
    - name: Another user's
      ansible.builtin.copy:
        content: \"guest's\\n\"
        dest: /home/guest/of-guest
        mode: '0604'
      become: true
      become_user: guest
    - name: Who is asked
      ansible.builtin.command:
        cmd: id -un
      become: true
      register: who
      changed_when: false
    - name: It is root
      ansible.builtin.assert:
        that: who.stdout == 'root'
";

/// Runs `evenkeel SUBCOMMAND` on a playbook as a user.
pub(crate) fn run(fleet: &Fleet, playbook: &str, subcommand: &str, user: &str, options: &[&str]) -> Ran {
    let folder = fleet.directory();
    std::fs::write(folder.join("site.yml"), playbook).unwrap();
    let inventory = folder.join(format!("{user}.ini"));
    std::fs::write(
        &inventory,
        format!("n1 ansible_host=192.0.2.1 ansible_user={user}\n"),
    )
    .unwrap();
    let mut arguments = vec![subcommand, "-i", inventory.to_str().unwrap(), "site.yml"];
    arguments.extend(options);
    let ran = evenkeel(fleet, &arguments).unwrap();
    let printed = format!("{}{:?}", ran.stderr, ran.events);
    assert!(!printed.contains(PASSWORD), "the password is printed: {printed}");
    ran
}

#[test]
fn tasks_become_who_they_say() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    let host = fleet.host("n1");
    let password = format!(r#"{{"ansible_become_password": "{PASSWORD}"}}"#);
    let password = ["-e", password.as_str()];
    let none: [&str; 0] = [];
    for (user, given, client) in [
        ("ops", &none[..], "builtin"),
        ("ops", &none[..], "openssh"),
        ("opspw", &password[..], "builtin"),
        ("opspw", &password[..], "openssh"),
    ] {
        let paths = format!("/etc/of-root /home/{user}/own /home/guest/of-guest");
        host.exec(&format!("rm -f {paths}")).unwrap();
        let options = [given, &["--ssh", client]].concat();
        let planned = run(&fleet, PLAYBOOK, "plan", user, &options);
        assert_eq!(
            (planned.code, planned.events.changed().len()),
            (0, 3),
            "{planned:#?}"
        );
        assert_ne!(
            host.run(&format!("ls {paths}")).unwrap().code,
            0,
            "a forecast makes nothing"
        );

        let options = [&options[..], &["--yes"]].concat();
        let applied = run(&fleet, PLAYBOOK, "apply", user, &options);
        assert_eq!(
            (applied.code, applied.events.changed().len()),
            (0, 3),
            "{applied:#?}"
        );
        let made = host.exec(&format!("stat -c '%U %a' {paths}")).unwrap();
        assert_eq!(
            made,
            format!("root 600\n{user} 640\nguest 604\n"),
            "{user} {client}"
        );

        let again = run(&fleet, PLAYBOOK, "apply", user, &options);
        assert_eq!((again.code, again.events.changed().len()), (0, 0), "{again:#?}");
    }
}

#[test]
fn who_may_not_become_root_is_told() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    let wrong = ["-e", r#"{"ansible_become_password": "wrong horse"}"#];
    for (user, given) in [("opspw", &[][..]), ("opspw", &wrong[..]), ("guest", &wrong[..])] {
        for client in ["builtin", "openssh"] {
            let options = [given, &["--yes", "--ssh", client]].concat();
            let ran = run(&fleet, PLAYBOOK, "apply", user, &options);
            assert_eq!(ran.code, 4, "{user} {given:?}: {ran:#?}");
            let lost = format!("{:?}", ran.events);
            let told = ["becoming ", "sudo", "-K"];
            assert!(told.iter().all(|told| lost.contains(told)), "{user}: {lost}");
        }
    }
}

const COMES: &str = "
- name: A user comes and goes
  hosts: all
  become: true
  tasks:
    - name: The user
      ansible.builtin.user:
        name: comer
    - name: The user's file
      ansible.builtin.copy:
        content: \"comer's\\n\"
        dest: ~/of-comer
        mode: '0600'
      become_user: comer
    - name: What is there
      ansible.builtin.find:
        paths: ~/
        patterns: of-*
      become_user: comer
      register: found
    - name: It is there
      ansible.builtin.assert:
        that: found.matched == 1
    - name: No user
      ansible.builtin.user:
        name: comer
        state: absent
        remove: true
";

#[test]
fn a_user_that_the_run_makes_can_be_become() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    for client in ["builtin", "openssh"] {
        let options = ["--ssh", client];
        let planned = run(&fleet, COMES, "plan", "ops", &options);
        assert_eq!(planned.code, 0, "{planned:#?}");
        assert!(planned.events.failures().is_empty(), "{planned:#?}");
        let applied = run(
            &fleet,
            COMES,
            "apply",
            "ops",
            &[&options[..], &["--yes"]].concat(),
        );
        assert_eq!(
            (applied.code, applied.events.changed().len()),
            (0, 3),
            "{applied:#?}"
        );
    }
}

/// As in tests/fleet/rootfs.
const GUEST: &str = "guest word";

const WITH_SU: &str = "
- name: With su
  hosts: all
  gather_facts: false
  become: true
  become_method: su
  tasks:
    - name: Guest's
      ansible.builtin.copy:
        content: \"guest's\\n\"
        dest: /home/guest/of-su
        mode: '0604'
      become_user: guest
    - name: Root's, by another program
      ansible.builtin.copy:
        content: \"root's\\n\"
        dest: /etc/of-su
        mode: '0600'
      become_exe: sudo su
    - name: Root's, by sudo
      ansible.builtin.command:
        cmd: id -un
      become_method: sudo
      register: who
      changed_when: false
    - name: It is root
      ansible.builtin.assert:
        that: who.stdout == 'root'
";

#[test]
fn su_wants_the_password_of_the_other_user() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    let host = fleet.host("n1");
    let password = format!(r#"{{"ansible_su_pass": "{GUEST}"}}"#);
    for client in ["builtin", "openssh"] {
        host.exec("rm -f /home/guest/of-su /etc/of-su").unwrap();
        let options = ["-e", password.as_str(), "--yes", "--ssh", client];
        let applied = run(&fleet, WITH_SU, "apply", "ops", &options);
        assert_eq!(
            (applied.code, applied.events.changed().len()),
            (0, 2),
            "{applied:#?}"
        );
        let made = host.exec("stat -c '%U %a' /home/guest/of-su /etc/of-su").unwrap();
        assert_eq!(made, "guest 604\nroot 600\n", "{client}");
        let wrong = [
            "-e",
            r#"{"ansible_su_pass": "wrong horse"}"#,
            "--yes",
            "--ssh",
            client,
        ];
        let refused = run(&fleet, WITH_SU, "apply", "ops", &wrong);
        let told = format!("{:?}", refused.events);
        assert_ne!(refused.code, 0);
        assert!(
            told.contains("Authentication failure") && told.contains("-K"),
            "{told}"
        );
    }
}

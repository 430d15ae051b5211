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

/// Runs `evenkeel SUBCOMMAND` on the playbook as a user.
fn run(fleet: &Fleet, subcommand: &str, user: &str, options: &[&str]) -> Ran {
    let folder = fleet.directory();
    std::fs::write(folder.join("site.yml"), PLAYBOOK).unwrap();
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
        let planned = run(&fleet, "plan", user, &options);
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
        let applied = run(&fleet, "apply", user, &options);
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

        let again = run(&fleet, "apply", user, &options);
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
            let ran = run(&fleet, "apply", user, &options);
            assert_eq!(ran.code, 4, "{user} {given:?}: {ran:#?}");
            let lost = format!("{:?}", ran.events);
            let told = ["becoming ", "sudo", "-K"];
            assert!(told.iter().all(|told| lost.contains(told)), "{user}: {lost}");
        }
    }
}

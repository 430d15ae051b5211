//! Files of the controller that the run itself writes: the forecast knows of them.

use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Disk;
use evenkeel::Location;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Project;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::Simulated;
use evenkeel::Target;
use evenkeel::host::AbsPath;
use evenkeel::host::Host;
use insta::assert_snapshot;

use crate::doubt::told_of;
use crate::project::events;

/// This machine as `localhost`, and a simulated one under any other name.
struct Both {
    here: Reach,
    there: Simulated,
}

impl Connect for Both {
    fn connect(&self, target: &Target) -> evenkeel::host::Result<Arc<dyn Host>> {
        match &*target.name {
            "localhost" => self.here.connect(target),
            _ => self.there.connect(target),
        }
    }

    fn location(&self, target: &Target) -> Location {
        match &*target.name {
            "localhost" => self.here.location(target),
            _ => self.there.location(target),
        }
    }
}

/// What a forecast and then a run of a playbook say; `DIR` is a folder of its own.
fn told(playbook: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("hosts.ini"), "localhost\nweb1\n").unwrap();
    std::fs::write(folder.path().join("site.yml"), playbook.replace("DIR", path)).unwrap();
    let project = Project::new(Arc::new(Disk)).folder(folder.path());
    let loaded = project
        .inventory(format!("{path}/hosts.ini"))
        .playbook(format!("{path}/site.yml"))
        .load();
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems:#?}"));
    let hosts: Arc<dyn Connect> = Arc::new(Both {
        here: Reach::new(ReachOptions::default()),
        there: Simulated::debian12(),
    });
    let options = Options {
        pending: AbsPath::new(&format!("{path}/notes/pending")).unwrap(),
        ..Options::default()
    };
    let mut run = loaded.run(hosts, options).unwrap();
    let mut walk = |mode| told_of(&events(&mut run, mode).0).replace(path, "DIR");
    (walk(Mode::Plan), walk(Mode::Apply))
}

const USES: &str = "
- hosts: web1
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {src: DIR/made, dest: /srv/copied}
    - ansible.builtin.template: {src: DIR/made.j2, dest: /srv/templated}
    - ansible.builtin.debug: {msg: \"{{ lookup('file', 'DIR/made') }} {{ query('fileglob', 'DIR/made*') | length }}\"}
    - ansible.builtin.include_vars: DIR/vars.yml
    - ansible.builtin.debug: {msg: \"{{ x }}\"}
    - ansible.builtin.fetch: {src: /srv/copied, dest: DIR/kept, flat: true}
    - ansible.builtin.copy: {src: DIR/kept, dest: /srv/again}
";

#[test]
fn what_the_run_writes_on_the_controller_is_read_there_by_its_forecast() {
    let playbook = format!(
        "
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {{content: one, dest: DIR/made}}
    - ansible.builtin.copy: {{content: '{{% raw %}}{{{{ inventory_hostname }}}}{{% endraw %}}', dest: DIR/made.j2}}
    - ansible.builtin.copy: {{content: 'x: 2', dest: DIR/vars.yml}}
{USES}"
    );
    let (plan, apply) = told(&playbook);
    assert_eq!(plan, apply);
    assert_snapshot!(plan, @r#"
    0 Changed
    1 Changed
    2 Changed
    0 Changed
    1 Changed
    2 Ok, one 2
    3 Ok
    4 Ok, 2
    5 Changed, /srv/copied is kept in DIR/kept on the controller
    6 Changed
    "#);
}

#[test]
fn what_a_command_may_write_on_the_controller_is_known_after_apply() {
    let playbook = format!(
        "
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.shell: 'cd DIR && echo one > made && echo a > made.j2 && echo \"x: 2\" > vars.yml'
{USES}"
    );
    let (plan, apply) = told(&playbook);
    assert_snapshot!(plan, @r#"
    0 Changed
    0 Changed, whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else
    1 Changed, whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else
    2 Ok, whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else, (known after apply: whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else)
    3 Ok, whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else
    4 Ok, whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else, (known after apply: whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else)
    5 Changed, whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else, /srv/copied may be kept in DIR/kept on the controller
    6 Changed, whether `run cd DIR && echo one > made && echo a > made.j2 && echo "x: 2" > vars.yml` changes nothing else
    "#);
    assert_snapshot!(apply, @r#"
    0 Changed
    0 Changed
    1 Changed
    2 Ok, one 2
    3 Ok
    4 Ok, 2
    5 Changed, /srv/copied is kept in DIR/kept on the controller
    6 Changed
    "#);
}

#[test]
fn variables_files_are_read_when_their_play_begins() {
    let play = |first: &str| {
        format!(
            "
- hosts: localhost
  gather_facts: false
  tasks:
    - {first}
- hosts: web1
  gather_facts: false
  vars_files: [DIR/vars.yml]
  tasks:
    - ansible.builtin.debug: {{msg: \"{{{{ x }}}}\"}}
"
        )
    };
    let (plan, apply) = told(&play(
        "ansible.builtin.copy: {content: 'x: 2', dest: DIR/vars.yml}",
    ));
    assert_eq!(plan, apply);
    assert_snapshot!(plan, @r#"
    0 Changed
    0 Ok, 2
    "#);
    let (plan, apply) = told(&play("ansible.builtin.shell: 'echo \"x: 2\" > DIR/vars.yml'"));
    assert_snapshot!(plan, @r#"
    0 Changed
    0 Ok, whether `run echo "x: 2" > DIR/vars.yml` changes nothing else, (known after apply: whether `run echo "x: 2" > DIR/vars.yml` changes nothing else)
    "#);
    assert_snapshot!(apply, @r#"
    0 Changed
    0 Ok, 2
    "#);
}

#[test]
fn a_file_that_a_command_may_write_anew_is_not_sure() {
    let playbook = "
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.shell: 'echo \"{}\" > DIR/old.ini'
- hosts: web1
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {src: DIR/hosts.ini, dest: /srv/hosts}
    - ansible.builtin.copy: {content: a, dest: /srv/a}
";
    assert_snapshot!(told(playbook).0, @r#"
    0 Changed
    0 Changed, assumes that `run echo "{}" > DIR/old.ini` changes nothing else
    1 Changed
    "#);
}

/// Tasks that the run itself brings: `first` writes, or may write, `DIR/more.yml`.
fn bringing(first: &str) -> String {
    format!(
        "
- hosts: localhost
  gather_facts: false
  tasks:
    - {first}
- hosts: web1
  gather_facts: false
  tasks:
    - ansible.builtin.include_tasks: DIR/more.yml
    - ansible.builtin.debug: {{msg: \"{{{{ from_more }}}}\"}}
    - ansible.builtin.debug: {{msg: \"{{{{ lookup('first_found', ['DIR/more.yml', 'DIR/hosts.ini']) | basename }}}}\"}}
    - ansible.builtin.debug: {{msg: \"{{{{ query('fileglob', 'DIR/*.yml') | length }}}}\"}}
    - ansible.builtin.debug: {{msg: \"{{{{ 'DIR/more.yml' is exists }}}}\"}}
    - ansible.builtin.debug: {{msg: \"{{{{ 'DIR/site.yml' is file }}}}\"}}
    - ansible.builtin.copy: {{content: a, dest: /srv/a}}
"
    )
}

const MORE: &str = "[{ansible.builtin.set_fact: {from_more: 1}}]";

#[test]
fn tasks_that_the_run_writes_are_included_in_its_forecast() {
    let (plan, apply) = told(&bringing(&format!(
        "ansible.builtin.copy: {{content: '{MORE}', dest: DIR/more.yml}}"
    )));
    assert_eq!(plan, apply);
    assert_snapshot!(plan, @r#"
    0 Changed
    0 Ok
    7 Ok
    1 Ok, 1
    2 Ok, more.yml
    3 Ok, 2
    4 Ok, true
    5 Ok, true
    6 Changed
    "#);
}

#[test]
fn tasks_that_a_command_may_write_are_known_after_apply() {
    let (plan, apply) = told(&bringing(&format!(
        "ansible.builtin.shell: 'echo \"{MORE}\" > DIR/more.yml'"
    )));
    assert_snapshot!(plan, @r#"
    0 Changed
    0 Changed, whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else
    1 Ok, whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else, (known after apply: whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else)
    2 Ok, whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else, (known after apply: whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else)
    3 Ok, whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else, (known after apply: whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else)
    4 Ok, whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else, (known after apply: whether `run echo "[{ansible.builtin.set_fact: {from_more: 1}}]" > DIR/more.yml` changes nothing else)
    5 Ok, assumes that `ansible.builtin.include_tasks` changes nothing else, true
    6 Changed, assumes that `ansible.builtin.include_tasks` changes nothing else
    "#);
    assert_snapshot!(apply, @r#"
    0 Changed
    0 Ok
    7 Ok
    1 Ok, 1
    2 Ok, more.yml
    3 Ok, 2
    4 Ok, true
    5 Ok, true
    6 Changed
    "#);
}

#[test]
fn what_an_include_with_an_unknown_name_does_and_sets_is_not_known() {
    let playbook = "
- hosts: web1
  gather_facts: false
  tasks:
    - ansible.builtin.command: cat /etc/role
      register: read
      changed_when: false
    - ansible.builtin.include_tasks: \"{{ read.stdout }}.yml\"
    - ansible.builtin.debug: {msg: \"{{ from_more }}\"}
    - ansible.builtin.file: {path: /home/y/z, state: touch}
";
    assert_snapshot!(told(playbook).0, @r#"
    0 Ok
    1 Changed, run cat /etc/role
    2 Ok, run cat /etc/role, (known after apply: run cat /etc/role)
    3 Changed, whether `ansible.builtin.include_tasks` changes nothing else; it fails if that is so: could not touch /home/y/z: /home/y does not exist
    "#);
}

//! What is known to be wrong before anything is connected.

mod definitions;
mod guards;
mod known;
mod looked_up;
mod members;
mod names;
mod needed_files;
mod rendered;
mod sealed;
mod undefined;
mod unreachable;

use std::sync::Arc;

use evenkeel_engine::Beforehand;
use evenkeel_engine::Options;
use evenkeel_engine::plays_for;
use evenkeel_engine::selected;
use evenkeel_engine::wrong_patterns;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Task;
use evenkeel_yaml::Problem;

use crate::Loaded;

/// Which tasks are looked at, and what looks for their files.
struct Look<'l> {
    files: Beforehand,
    runs: &'l dyn Fn(&Task) -> bool,
    /// The connection of hosts that name none.
    connection: Option<&'l str>,
}

impl Look<'_> {
    fn tasks<'p>(&'p self, program: &'p Program) -> impl Iterator<Item = &'p Arc<Task>> {
        program.tasks_and_handlers().filter(|task| (self.runs)(task))
    }
}

impl Loaded {
    /// Everything that is known to be wrong with a run on these hosts before one of them is asked, beside what reading
    /// has found: names that nothing defines, files that are not there, addresses that cannot be rendered, variables
    /// that no password opens.
    ///
    /// Tasks that the tags of the options leave out are not looked at, and neither are plays for none of the hosts.
    pub fn check(&self, hosts: &[Arc<str>], options: &Options) -> Vec<Problem> {
        let programs = self.programs_for(hosts);
        let runs = |task: &Task| selected(&task.keywords.tags, &options.tags, &options.skip_tags);
        let look = self.beforehand(&runs, options.connection.as_deref());
        let mut problems = self.wrong_patterns();
        problems.extend(self.variables_files(&programs, &look));
        problems.extend(self.undefined(&programs, &look, true));
        problems.extend(self.needed_files(&programs, &look));
        problems.extend(self.unreachable(hosts));
        problems.extend(self.sealed(hosts));
        problems
    }

    /// What can be told of a playbook that was read only in part, beside these errors.
    pub(crate) fn check_beside(&self, errors: &[Problem]) -> Vec<Problem> {
        // A file that is missing or broken could define anything.
        let elsewhere = |problem: &Problem| {
            let codes = ["playbook::action", "playbook::handler", "playbook::keyword"];
            let families = ["task::", "template::"];
            let code = problem.code.as_str();
            !codes.contains(&code) && !families.iter().any(|family| code.starts_with(family))
        };
        let programs = self.programs();
        let look = self.beforehand(&|_| true, None);
        let mut found = self.wrong_patterns();
        found.extend(self.variables_files(&programs, &look));
        let mut undefined = self.undefined(&programs, &look, !errors.iter().any(elsewhere));
        let declared = names::declared(&programs);
        let unread = |problem: &Problem| {
            let place = problem.at.as_ref().map(|(place, _)| place.text());
            place.is_some_and(|name| declared.contains(name))
        };
        undefined.retain(|problem| !unread(problem));
        found.extend(undefined);
        found.extend(self.needed_files(&programs, &look));
        found.retain(|problem| !errors.contains(problem));
        found
    }

    /// Patterns of plays that name hosts or groups which are not there.
    fn wrong_patterns(&self) -> Vec<Problem> {
        wrong_patterns(self.plays(), &self.inventory, &self.templar, self.extra.layer())
    }

    fn beforehand<'l>(&self, runs: &'l dyn Fn(&Task) -> bool, connection: Option<&'l str>) -> Look<'l> {
        let mut options = Options::default();
        if let Some(playbook) = &self.playbook {
            options.folder.clone_from(&playbook.folder);
        }
        Look {
            files: Beforehand::new(Arc::clone(&self.files), self.templar.clone(), options),
            runs,
            connection,
        }
    }

    fn plays(&self) -> &[Arc<Play>] {
        self.playbook.as_ref().map_or(&[], |playbook| &playbook.plays)
    }

    fn programs(&self) -> Vec<Program> {
        self.plays().iter().map(Program::new).collect()
    }

    /// The plays for some hosts; without hosts, all of them.
    fn programs_for(&self, hosts: &[Arc<str>]) -> Vec<Program> {
        if hosts.is_empty() {
            return self.programs();
        }
        let plays = self.plays();
        let wanted = plays_for(hosts, plays, &self.inventory, &self.templar, self.extra.layer());
        let wanted = plays.iter().zip(wanted).filter(|(_, wanted)| *wanted);
        wanted.map(|(play, _)| Program::new(play)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use evenkeel_engine::Options;

    use crate::Memory;
    use crate::Project;

    /// What is found with these tasks when the tag `deploy` is asked for.
    fn found(tasks: &str) -> Vec<String> {
        let files = Memory::default()
            .with("hosts.ini", "web1\n")
            .with("templates/marks.j2", "{{ x }} [[ inventory_hostname ]] [[ y ]]\n")
            .with("site.yml", format!("- hosts: web1\n  tasks:\n{tasks}"));
        let project = Project::new(Arc::new(files))
            .inventory("hosts.ini")
            .playbook("site.yml");
        let loaded = project.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
        let options = Options {
            tags: vec!["deploy".into()],
            ..Options::default()
        };
        let found = loaded.check(&["web1".into()], &options);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_template_is_read_with_the_marks_of_its_task() {
        let marks = "variable_start_string: '[[', variable_end_string: ']]'";
        let tasks = format!(
            "    - ansible.builtin.template: {{src: marks.j2, dest: /etc/m, {marks}}}\n      tags: deploy\n"
        );
        assert_eq!(found(&tasks), ["templates/marks.j2:1:37: `y` is undefined"]);
    }

    #[test]
    fn tasks_that_tags_leave_out_are_not_looked_at() {
        let all = "    - ansible.builtin.debug: {msg: \"{{ release }}\"}\n      tags: TAGS\n    - ansible.builtin.copy: {src: nothing, dest: /etc/n}\n      tags: TAGS\n";
        assert_eq!(found(&all.replace("TAGS", "[never, other]")), [""; 0]);
        assert_eq!(found(&all.replace("TAGS", "[never, deploy]")).len(), 2);
    }

    #[test]
    fn files_of_lookups_are_missed_where_nothing_takes_their_absence() {
        let all = "    - ansible.builtin.debug: {msg: \"{{ lookup('file', 'nothere') }}\"}\n      tags: deploy\n      MORE\n";
        assert_eq!(found(&all.replace("MORE", "")).len(), 1);
        let warned = found(&all.replace("MORE", "ignore_errors: true"));
        assert_eq!(warned.len(), 1, "{warned:?}");
        let taken = all
            .replace("'nothere'", "'nothere', errors='ignore'")
            .replace("MORE", "");
        assert_eq!(found(&taken), [""; 0]);
        let there = all
            .replace("'nothere'", "'templates/marks.j2'")
            .replace("MORE", "");
        assert_eq!(found(&there), [""; 0]);
    }

    #[test]
    fn plays_for_other_hosts_are_not_looked_at() {
        let site = "- hosts: web1\n  tasks: []\n- hosts: db1\n  tasks:\n    - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n    - ansible.builtin.copy: {src: nothing, dest: /etc/n}\n";
        let files = Memory::default()
            .with("hosts.ini", "web1\ndb1\n")
            .with("site.yml", site);
        let project = Project::new(Arc::new(files))
            .inventory("hosts.ini")
            .playbook("site.yml");
        let loaded = project.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
        let found = |hosts: &[Arc<str>]| loaded.check(hosts, &Options::default()).len();
        assert_eq!(found(&["web1".into()]), 0);
        assert_eq!(found(&["web1".into(), "db1".into()]), 2);
    }

    #[test]
    fn what_a_false_condition_leaves_out_may_be_missing() {
        let all = "    - ansible.builtin.include_role: {name: not.there}\n      when: false\n    - ansible.builtin.include_tasks: nothere.yml\n      when: false\n";
        assert_eq!(found(all), [""; 0]);
    }
}

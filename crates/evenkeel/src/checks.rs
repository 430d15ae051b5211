//! What is known to be wrong before anything is connected.

mod definitions;
mod looked_up;
mod names;
mod needed_files;
mod sealed;
mod undefined;
mod unreachable;

use std::sync::Arc;

use evenkeel_engine::Beforehand;
use evenkeel_engine::Options;
use evenkeel_engine::selected;
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
    /// Tasks that the tags of the options leave out are not looked at.
    pub fn check(&self, hosts: &[Arc<str>], options: &Options) -> Vec<Problem> {
        let programs = self.programs();
        let runs = |task: &Task| selected(&task.keywords.tags, &options.tags, &options.skip_tags);
        let look = self.beforehand(&runs, options.connection.as_deref());
        let mut problems = self.undefined(&programs, &look);
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
        if errors.iter().any(elsewhere) {
            return Vec::new();
        }
        let programs = self.programs();
        let look = self.beforehand(&|_| true, None);
        let mut found = self.undefined(&programs, &look);
        let declared = names::declared(&programs);
        let unread = |problem: &Problem| {
            let place = problem.at.as_ref().map(|(place, _)| place.text());
            place.is_some_and(|name| declared.contains(name))
        };
        found.retain(|problem| !unread(problem));
        found.extend(self.needed_files(&programs, &look));
        found
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

    fn programs(&self) -> Vec<Program> {
        let plays = self.playbook.iter().flat_map(|playbook| &playbook.plays);
        plays.map(Program::new).collect()
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
    fn what_a_false_condition_leaves_out_may_be_missing() {
        let all = "    - ansible.builtin.include_role: {name: not.there}\n      when: false\n    - ansible.builtin.include_tasks: nothere.yml\n      when: false\n";
        assert_eq!(found(all), [""; 0]);
    }
}

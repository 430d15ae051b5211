//! Files of the controller that lookups name and that are not there.

use std::path::Path;
use std::path::PathBuf;

use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::template::LookedUp;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;
use evenkeel_yaml::Source;

use crate::Loaded;

impl Loaded {
    /// The files that the lookups in a task and in its template files name and that are not there.
    pub(super) fn files_looked_up(
        &self,
        play: &Play,
        task: &Task,
        templates: &[(std::sync::Arc<Source>, TemplateOptions)],
    ) -> Vec<Problem> {
        let card = &task.card;
        let values = card.body.raw.entries.iter().map(|(_, value)| value);
        let items = card.loop_.iter().map(|items| &*items.items);
        let own = values.chain(items).flat_map(|node| self.templar.looked_up(node));
        let mut files: Vec<LookedUp> = own.collect();
        for (source, options) in templates {
            files.extend(self.templar.file_looked_up(source, options));
        }
        let folders = searched(play, task);
        let missing = files.iter().filter_map(|file| self.missing(file, &folders));
        missing.collect()
    }

    fn missing(&self, file: &LookedUp, folders: &[PathBuf]) -> Option<Problem> {
        let name = Path::new(&file.name);
        let beside = folders.iter();
        let places: Vec<PathBuf> = match name.is_absolute() {
            true => vec![name.to_path_buf()],
            false => beside
                .flat_map(|folder| [folder.join(file.folder).join(name), folder.join(name)])
                .collect(),
        };
        if file.name.is_empty()
            || places
                .iter()
                .any(|path| self.files.is_folder(path) == Some(false))
        {
            return None;
        }
        let looked: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
        let names = places
            .iter()
            .filter_map(|path| self.files.list(path.parent()?).ok());
        let names: Vec<String> = names.flatten().collect();
        let mut problem = Problem::error("file::missing", format!("there is no file `{}`", file.name))
            .at(&file.place, "looked up here")
            .help(format!("looked for {}", looked.join(", ")));
        if let Some(best) = evenkeel_yaml::nearest(&file.name, names.iter().map(String::as_str)) {
            problem = problem.help(format!("did you mean `{best}`?"));
        }
        if file.decided {
            problem.severity = Severity::Warning;
        }
        Some(problem)
    }
}

/// The folders in which a task's lookups search.
fn searched(play: &Play, task: &Task) -> Vec<PathBuf> {
    let around = task.role().into_iter().chain(task.around.parents.iter().rev());
    let mut folders: Vec<PathBuf> = around.map(|role| role.folder.clone()).collect();
    let own = Path::new(&task.card.at.source.name).parent();
    for folder in own.into_iter().chain([play.folder.as_path()]) {
        if !folders.iter().any(|known| known == folder) {
            folders.push(folder.to_path_buf());
        }
    }
    folders
}

//! The controller's files, read once for all hosts of a task.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use evenkeel_playbook::Files;
use evenkeel_playbook::vault::refusal;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

/// The bytes of a file, and whether they must not be shown.
#[derive(Clone, Default)]
pub(crate) struct Held {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) secret: bool,
}

/// Files that were read for a task; a forecast reads them once, because it writes none.
#[derive(Default)]
pub(crate) struct Sources {
    kinds: Mutex<HashMap<PathBuf, Option<bool>>>,
    held: Mutex<HashMap<PathBuf, Held>>,
    texts: Mutex<HashMap<PathBuf, Arc<Source>>>,
}

impl Sources {
    /// Forgets everything: a task may have written files of the controller.
    pub(crate) fn forget(&self) {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn is_folder(&self, files: &dyn Files, path: &Path) -> Option<bool> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        *kinds
            .entry(path.to_path_buf())
            .or_insert_with(|| files.is_folder(path))
    }

    pub(crate) fn held(&self, files: &dyn Files, path: &Path) -> io::Result<Held> {
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get(path) {
            return Ok(held.clone());
        }
        let contents = files.open(path)?;
        let held = Held {
            bytes: contents.bytes.into(),
            secret: contents.secret,
        };
        all.insert(path.to_path_buf(), held.clone());
        Ok(held)
    }

    pub(crate) fn text(&self, files: &dyn Files, path: &Path) -> Result<Arc<Source>, Problem> {
        if let Some(text) = self
            .texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(path)
        {
            return Ok(Arc::clone(text));
        }
        let name = path.display().to_string();
        let held = self
            .held(files, path)
            .map_err(|error| refusal("file::read", &name, &error))?;
        let text = std::str::from_utf8(&held.bytes)
            .map_err(|error| Problem::error("template::utf8", format!("{name} is not UTF-8: {error}")))?;
        let source = Source::marked(name, text, held.secret);
        self.texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_path_buf(), Arc::clone(&source));
        Ok(source)
    }
}

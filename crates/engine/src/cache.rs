//! The controller's files, read once for all hosts.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use evenkeel_playbook::Files;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

/// Files that were read during a run.
#[derive(Default)]
pub(crate) struct Sources {
    kinds: Mutex<HashMap<PathBuf, Option<bool>>>,
    bytes: Mutex<HashMap<PathBuf, Arc<[u8]>>>,
    texts: Mutex<HashMap<PathBuf, Arc<Source>>>,
}

impl Sources {
    pub(crate) fn is_folder(&self, files: &dyn Files, path: &Path) -> Option<bool> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        *kinds
            .entry(path.to_path_buf())
            .or_insert_with(|| files.is_folder(path))
    }

    pub(crate) fn bytes(&self, files: &dyn Files, path: &Path) -> io::Result<Arc<[u8]>> {
        let mut all = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = all.get(path) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = files.read(path)?.into();
        all.insert(path.to_path_buf(), Arc::clone(&bytes));
        Ok(bytes)
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
        let bytes = self
            .bytes(files, path)
            .map_err(|error| Problem::error("file::read", format!("cannot read {name}: {error}")))?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Problem::error("template::utf8", format!("{name} is not UTF-8: {error}")))?;
        let source = Source::new(name, text);
        self.texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_path_buf(), Arc::clone(&source));
        Ok(source)
    }
}

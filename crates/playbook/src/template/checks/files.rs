//! The controller's files.

use std::path::Path;

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::frame;
use crate::template::python;

/// The tests of this file.
pub(super) const TESTS: &[Entry] = &[
    Entry::with_markers("file is_file", "path", |call| {
        kind(call, |folder| folder == Some(false))
    }),
    Entry::with_markers("directory is_dir", "path", |call| {
        kind(call, |folder| folder == Some(true))
    }),
    Entry::with_markers("exists", "path", |call| kind(call, |folder| folder.is_some())),
    Entry::with_markers("abs is_abs", "path", |call| {
        Ok(Value::from(call.text("path")?.starts_with('/')))
    }),
];

fn kind(call: &Call<'_, '_, '_>, test: fn(Option<bool>) -> bool) -> Result<Value, Error> {
    let path = call.text("path")?;
    let context = frame::context().ok_or_else(|| python::error("no files can be seen here"))?;
    Ok(Value::from(test(
        context.templar.settings().files.is_folder(Path::new(&path)),
    )))
}

//! The controller's files.

use std::path::Path;

use minijinja::Error;
use minijinja::Value;

use crate::Identity;
use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::frame;
use crate::template::marker::Unknown;
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
    Entry::with_markers("link is_link", "path", |call| {
        let found = identity(&call.text("path")?, false)?;
        Ok(Value::from(found.is_some_and(|found| found.link)))
    }),
    Entry::with_markers("link_exists", "path", |call| {
        Ok(Value::from(identity(&call.text("path")?, false)?.is_some()))
    }),
    Entry::with_markers("same_file is_same_file", "path other", |call| {
        let of = |parameter: &str| {
            let path = call.text(parameter)?;
            let found = identity(&path, true)?;
            found.ok_or_else(|| python::error(format!("there is no file `{path}`")))
        };
        Ok(Value::from(of("path")? == of("other")?))
    }),
    Entry::with_markers("mount is_mount", "path", mount),
    Entry::with_markers("vaulted_file", "path", |call| {
        let path = call.text("path")?;
        let context = frame::context().ok_or_else(|| python::error("no files can be seen here"))?;
        let bytes = context.templar.settings().files.read_raw(Path::new(&path));
        let bytes = bytes.map_err(|error| python::error(format!("cannot read {path}: {error}")))?;
        Ok(Value::from(crate::vault::is_encrypted(&bytes)))
    }),
    Entry::with_markers("abs is_abs", "path", |call| {
        Ok(Value::from(call.text("path")?.starts_with('/')))
    }),
];

fn kind(call: &Call<'_, '_, '_>, test: fn(Option<bool>) -> bool) -> Result<Value, Error> {
    let path = call.text("path")?;
    let context = frame::context().ok_or_else(|| python::error("no files can be seen here"))?;
    let files = &context.templar.settings().files;
    let path = Path::new(&path);
    match files.undecided(path) {
        Some(why) => Err(Unknown(why).used()),
        None => Ok(Value::from(test(files.is_folder(path)))),
    }
}

fn identity(path: &str, follow: bool) -> Result<Option<Identity>, Error> {
    let context = frame::context().ok_or_else(|| python::error("no files can be seen here"))?;
    let files = &context.templar.settings().files;
    let path = Path::new(path);
    match files.undecided(path) {
        Some(why) => Err(Unknown(why).used()),
        None => Ok(files.identity(path, follow)),
    }
}

/// Whether another file system begins there: its device is not that of the folder above, or it is the root.
fn mount(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let path = call.text("path")?;
    let here = identity(&path, false)?.filter(|here| !here.link);
    let above = identity(&format!("{path}/.."), true)?;
    let begins =
        |(here, above): (Identity, Identity)| here.device != above.device || here.inode == above.inode;
    Ok(Value::from(here.zip(above).is_some_and(begins)))
}

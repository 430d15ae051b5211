//! The playbook that a cluster needs, composed in memory.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_playbook::Files;
use evenkeel_playbook::Memory;
use evenkeel_playbook::Var;
use evenkeel_playbook::play;
use evenkeel_playbook::play::Playbook;
use evenkeel_playbook::template;
use evenkeel_topology::Cluster;
use evenkeel_yaml::Problem;

use super::Computed;
use crate::generate;
use crate::overlay::Overlay;

/// A playbook that is in no folder, the files it is read with, and the variables that its templates use.
pub(super) struct Composed {
    pub(super) playbook: Playbook,
    pub(super) files: Arc<dyn Files>,
    pub(super) variables: Computed,
}

/// Composes one of the generated playbooks, as `generate` writes it: what is found in a task then stands in a line of
/// that text.
pub(super) fn read(
    cluster: &Cluster,
    inventory: Option<&str>,
    book: &str,
    role_paths: &[PathBuf],
    below: Arc<dyn Files>,
) -> Result<Composed, Vec<Problem>> {
    let generated = evenkeel_roles::playbook(cluster);
    // No folder: templates and relative paths begin where the command runs.
    let shown = format!("generated {book}");
    let mut found = false;
    let memory =
        generate::texts(&generated, inventory)
            .into_iter()
            .fold(Memory::default(), |memory, (path, text)| {
                match path == Path::new(book) {
                    true => {
                        found = true;
                        memory.with(&shown, text)
                    }
                    false => memory.with(path, text),
                }
            });
    if !found {
        return Err(vec![no_book(book)]);
    }
    let files: Arc<dyn Files> = Arc::new(Overlay::new(memory, below));
    let playbook = play::Project::new(files.as_ref(), role_paths.to_vec()).read(Path::new(&shown))?;
    let data = |value| Var::data(template::value_of_json(value));
    let variables = generated.variables.iter().map(|(host, own)| {
        let own = own.iter().map(|(name, value)| (Arc::clone(name), data(value)));
        (Arc::clone(host), own.collect())
    });
    Ok(Composed {
        variables: variables.collect(),
        playbook,
        files,
    })
}

fn no_book(name: &str) -> Problem {
    let text = format!("the inventory's cluster needs no playbook {name}");
    Problem::error("project::no-playbook", text)
        .help("`evenkeel generate -i INVENTORY` writes all that it needs")
}

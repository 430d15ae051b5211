//! `evenkeel picture`.

use std::path::Path;

use evenkeel::Disk;
use evenkeel::Files as _;
use evenkeel::Loaded;
use evenkeel::Problem;

use super::project;
use crate::Context;
use crate::args::PictureArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Draws the cluster, or compares a file with what would be drawn.
pub(crate) fn picture(context: &Context, args: &PictureArgs) -> Outcome {
    let loaded = match project::load(project::of_source(context, &args.source).without_playbook()) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    match shown(&loaded, args) {
        Ok(outcome) => outcome,
        Err(problem) => {
            draw::problems(&[problem]);
            Outcome::Input
        }
    }
}

fn shown(loaded: &Loaded, args: &PictureArgs) -> Result<Outcome, Problem> {
    let picture = evenkeel::topology::picture(loaded.described_cluster()?);
    match (&args.check, &args.output) {
        (Some(file), _) => compared(&picture, file, &args.source.inventory),
        (None, Some(file)) => {
            let written = Disk.write(file, picture.as_bytes(), 0o644);
            written.map_err(|error| failed("written", file, &error))?;
            Ok(Outcome::Done)
        }
        (None, None) => {
            out::text(&picture);
            Ok(Outcome::Done)
        }
    }
}

/// A file that is not there is one that differs.
fn compared(picture: &str, file: &Path, inventories: &[String]) -> Result<Outcome, Problem> {
    let found = match Disk.read(file) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("read", file, &error)),
    };
    let name = file.display();
    let problem = match found {
        Some(found) if found == picture.as_bytes() => return Ok(Outcome::Done),
        Some(_) => Problem::warning(
            "picture::differs",
            format!("{name} is not the picture of this cluster"),
        ),
        None => Problem::warning("picture::missing", format!("there is no {name} yet")),
    };
    let inventories: String = inventories
        .iter()
        .map(|inventory| format!(" -i {inventory}"))
        .collect();
    draw::problems(&[problem.help(format!("`evenkeel picture{inventories} -o {name}` writes it"))]);
    Ok(Outcome::Pending)
}

fn failed(what: &str, file: &Path, error: &std::io::Error) -> Problem {
    Problem::error(
        "picture::file",
        format!("{} cannot be {what}: {}", file.display(), error.kind()),
    )
}

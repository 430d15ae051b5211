//! `evenkeel generate`.

use std::path::Path;
use std::path::PathBuf;

use evenkeel::Difference;
use evenkeel::Disk;
use evenkeel::Loaded;
use evenkeel::Problem;
use evenkeel::unified_diff;

use super::project;
use crate::Context;
use crate::args::GenerateArgs;
use crate::args::SourceArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Writes the playbooks that the inventory's cluster needs, or says what would change in them.
pub(crate) fn generate(context: &Context, args: &GenerateArgs) -> Outcome {
    try_generate(context, args).unwrap_or_else(|outcome| outcome)
}

fn try_generate(context: &Context, args: &GenerateArgs) -> Result<Outcome, Outcome> {
    // Variables of the command line would be in the files and in no inventory.
    let source = SourceArgs {
        inventory: args.inventory.clone(),
        extra_vars: Vec::new(),
        allow_empty: false,
        vault: args.vault.clone(),
    };
    let loaded = project::load(project::of_source(context, &source).without_playbook())?;
    let wrong = |problem: Problem| {
        draw::problems(&[problem]);
        Outcome::Input
    };
    let generated = evenkeel::generate(&loaded).map_err(wrong)?;
    let folder = folder(args, &loaded).map_err(wrong)?;
    let differences = evenkeel::differences(&Disk, &folder, &generated).map_err(wrong)?;
    if args.check {
        return Ok(checked(&folder, &differences));
    }
    evenkeel::write_generated(&Disk, &folder, &differences).map_err(wrong)?;
    let done = |difference: &Difference| {
        let word = if difference.after.is_some() {
            "written"
        } else {
            "removed"
        };
        format!("{word} {}\n", folder.join(&difference.path).display())
    };
    out::text(&differences.iter().map(done).collect::<String>());
    if differences.is_empty() {
        out::text(&format!("{} is up to date\n", folder.display()));
    }
    Ok(Outcome::Done)
}

fn folder(args: &GenerateArgs, loaded: &Loaded) -> Result<PathBuf, Problem> {
    match (&args.output, &loaded.name) {
        (Some(folder), _) => Ok(folder.clone()),
        (None, Some(name)) => Ok(Path::new("playbooks").join(name)),
        (None, None) => Err(Problem::error(
            "generate::folder",
            "the inventory is in no folder whose name the playbooks' folder could get",
        )
        .help("name the folder: `-o playbooks/NAME`")),
    }
}

/// The diffs.
fn checked(folder: &Path, differences: &[Difference]) -> Outcome {
    for difference in differences {
        let path = folder.join(&difference.path).display().to_string();
        let side = |text: &Option<String>| {
            let title = text.as_ref().map_or("/dev/null", |_| path.as_str());
            (title.to_owned(), text.clone().unwrap_or_default())
        };
        let ((old, before), (new, after)) = (side(&difference.before), side(&difference.after));
        out::text(&unified_diff(&old, &before, &new, &after));
    }
    if differences.is_empty() {
        return Outcome::Done;
    }
    let problem = Problem::error(
        "generate::outdated",
        format!(
            "{} is not what the inventory's cluster needs: {} would change",
            folder.display(),
            if differences.len() == 1 {
                "1 file".to_owned()
            } else {
                format!("{} files", differences.len())
            }
        ),
    );
    draw::problems(&[problem.help("the same command without `--check` writes it")]);
    Outcome::Pending
}

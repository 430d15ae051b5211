//! `evenkeel roles`.

use std::fmt::Write as _;

use evenkeel::Problem;
use evenkeel::roles::ROLES;
use evenkeel::roles::Role;

use crate::args::RolesArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Lists the roles, or documents one's variables.
pub(crate) fn roles(args: &RolesArgs) -> Outcome {
    let Some(name) = &args.name else {
        let width = ROLES.iter().map(|role| role.name.len()).max().unwrap_or(0);
        let line = |text: String, role: &Role| text + &format!("{:<width$}  {}\n", role.name, role.about);
        out::text(&ROLES.iter().fold(String::new(), line));
        return Outcome::Done;
    };
    let wanted = name.replace('_', "-");
    if let Some(role) = ROLES.iter().find(|role| role.name == wanted) {
        out::text(&page(role));
        return Outcome::Done;
    }
    let problem = Problem::error("roles::unknown", format!("there is no role `{name}`"));
    draw::problems(&[problem.help("`evenkeel roles` lists all")]);
    Outcome::Input
}

fn page(role: &Role) -> String {
    let mut text = format!("{}: {}\n", role.name, role.about);
    for variable in (role.variables)() {
        let _ = write!(text, "\n{}", variable.name);
        if !variable.default.is_empty() {
            let _ = write!(text, ": {}", variable.default);
        }
        if !variable.unit.is_empty() {
            let _ = write!(text, "  ({})", variable.unit);
        }
        let _ = writeln!(text, "\n    {}", variable.about.replace('`', ""));
    }
    text
}

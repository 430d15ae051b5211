//! The tables of `README.md` are those of the code.

use evenkeel_roles::ROLES;
use evenkeel_roles::Role;
use evenkeel_topology::Variable;

fn section(role: &Role) -> String {
    let row = |variable: &Variable| {
        let Variable {
            name,
            default,
            unit,
            about,
        } = variable;
        let default = if default.is_empty() {
            String::new()
        } else {
            format!(" `{default}`")
        };
        let unit = if unit.is_empty() {
            String::new()
        } else {
            format!(" {unit}")
        };
        format!("| `{name}` |{default} |{unit} | {about} |\n")
    };
    let head = "| variable | default | unit | meaning |\n|---|---|---|---|\n";
    let rows: String = (role.variables)().iter().map(row).collect();
    format!("### {}\n\n{}\n\n{head}{rows}", role.name, role.about)
}

#[test]
fn the_readme_has_every_variable() {
    let readme = include_str!("../../README.md");
    for role in ROLES {
        let section = section(role);
        assert!(
            readme.contains(&section),
            "README.md needs this section:\n{section}"
        );
    }
}

//! The tables of `README.md` are those of the code.

use evenkeel_topology::Firewall;
use evenkeel_topology::Haproxy;
use evenkeel_topology::Keepalived;
use evenkeel_topology::Variable;

fn table(variables: &[Variable]) -> String {
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
    let head = "| variable | default | unit | meaning |\n|---|---|---|---|\n".to_owned();
    head + &variables.iter().map(row).collect::<String>()
}

#[test]
fn the_readme_has_every_variable() {
    let readme = include_str!("../../README.md");
    for (role, variables) in [
        ("haproxy", Haproxy::variables()),
        ("keepalived", Keepalived::variables()),
        ("firewall", Firewall::variables()),
    ] {
        let table = table(&variables);
        assert!(
            readme.contains(&table),
            "README.md needs this table of {role}:\n{table}"
        );
    }
}

//! The endpoint table: for a terminal, as JSON, YAML or Markdown.

use std::fmt::Write as _;

use evenkeel::topology::Endpoint;
use evenkeel::topology::HostEndpoints;

use crate::args::TableFormat;

/// The endpoint table.
pub(crate) fn endpoints(rows: &[HostEndpoints], format: TableFormat) -> String {
    match format {
        TableFormat::Json => serde_json::to_string_pretty(rows).unwrap_or_default() + "\n",
        TableFormat::Yaml => serde_json::to_value(rows)
            .map(|rows| evenkeel::yaml::write_block(&rows))
            .unwrap_or_default(),
        TableFormat::Table => columns(rows) + &reasons(rows),
        TableFormat::Markdown => markdown(rows),
    }
}

/// Takes the reason of a column's endpoint from a row.
type Reason = fn(&HostEndpoints) -> String;

const HEAD: [&str; 4] = ["host", "roles", "kube-apiserver", "etcd"];

fn cells(row: &HostEndpoints) -> [String; 4] {
    [
        row.host.to_string(),
        row.roles.join("+"),
        row.kube_apiserver.url.clone(),
        row.etcd.url.clone().unwrap_or_else(|| "none".to_owned()),
    ]
}

fn columns(rows: &[HostEndpoints]) -> String {
    let lines: Vec<[String; 4]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(rows.iter().map(cells))
        .collect();
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for line in &lines {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Below the table: each reason once, with the hosts it holds for.
fn reasons(rows: &[HostEndpoints]) -> String {
    let mut text = String::new();
    let pick: [(&str, Reason); 2] = [
        ("kube-apiserver", |row| why(&row.kube_apiserver)),
        ("etcd", |row| why(&row.etcd)),
    ];
    for (name, reason) in pick {
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for row in rows {
            let reason = reason(row);
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, hosts)) => hosts.push(&row.host),
                None => reasons.push((reason, vec![&row.host])),
            }
        }
        let _ = writeln!(text, "\nwhy this {name}:");
        for (reason, hosts) in reasons {
            let hosts = if hosts.len() == rows.len() {
                "every host".to_owned()
            } else {
                hosts.join(", ")
            };
            let _ = writeln!(text, "  {hosts}: {reason}");
        }
    }
    text
}

fn why<U>(endpoint: &Endpoint<U>) -> String {
    match &endpoint.set_at {
        Some(at) => format!("{} ({at})", endpoint.why),
        None => endpoint.why.to_string(),
    }
}

fn markdown(rows: &[HostEndpoints]) -> String {
    let mut text = format!("| {} | why |\n|---|---|---|---|---|\n", HEAD.join(" | "));
    for row in rows {
        let why = format!(
            "kube-apiserver: {}; etcd: {}",
            why(&row.kube_apiserver),
            why(&row.etcd)
        );
        let cells = cells(row)
            .into_iter()
            .chain([why])
            .map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    text
}

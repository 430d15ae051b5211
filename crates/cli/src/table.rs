//! Tables: for a terminal, as JSON, YAML or Markdown.

use std::fmt::Write as _;

use evenkeel::topology::HostEndpoints;

use crate::args::TableFormat;

/// The endpoint table.
pub(crate) fn endpoints(rows: &[HostEndpoints], format: TableFormat) -> String {
    match format {
        TableFormat::Json => serde_json::to_string_pretty(rows).unwrap_or_default() + "\n",
        TableFormat::Yaml => serde_json::to_value(rows)
            .map(|rows| evenkeel::yaml::write_block(&rows))
            .unwrap_or_default(),
        TableFormat::Table => columns(&cells(rows)),
        TableFormat::Markdown => markdown(&cells(rows)),
    }
}

const HEAD: [&str; 5] = ["host", "roles", "kube-apiserver", "etcd", "why"];

fn cells(rows: &[HostEndpoints]) -> Vec<[String; 5]> {
    let why = |row: &HostEndpoints| {
        let at = |endpoint: &evenkeel::topology::Endpoint| {
            endpoint
                .set_at
                .as_ref()
                .map_or_else(String::new, |at| format!(" ({at})"))
        };
        let (api, etcd) = (&row.kube_apiserver, &row.etcd);
        format!("api: {}{}; etcd: {}{}", api.why, at(api), etcd.why, at(etcd))
    };
    let cells = |row: &HostEndpoints| {
        [
            row.host.to_string(),
            row.roles.join("+"),
            row.kube_apiserver.url.clone(),
            row.etcd.url.clone(),
            why(row),
        ]
    };
    rows.iter().map(cells).collect()
}

fn columns(rows: &[[String; 5]]) -> String {
    let head = HEAD.map(str::to_owned);
    let width = |column: usize| {
        std::iter::once(&head)
            .chain(rows)
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..4).map(width).collect();
    let mut text = String::new();
    for row in std::iter::once(&head).chain(rows) {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", row[4]);
    }
    text
}

fn markdown(rows: &[[String; 5]]) -> String {
    let line = |cells: &[String; 5]| {
        format!(
            "| {} |\n",
            cells.each_ref().map(|cell| cell.replace('|', "\\|")).join(" | ")
        )
    };
    let mut text = line(&HEAD.map(str::to_owned));
    text.push_str("|---|---|---|---|---|\n");
    rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

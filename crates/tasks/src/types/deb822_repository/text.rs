//! The text of a source, deb822(5).

use super::Deb822Repository;
use crate::Argument;

/// The file's text; the fields in the order of the parameters' names, as Ansible writes them.
pub(super) fn of(source: &Deb822Repository, signed_by: Option<String>) -> String {
    let yes = |value: Option<bool>| value.map(|is| if is { "yes" } else { "no" }.to_owned());
    let list = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.join(" "));
    let types = source.types.iter().map(|kind| match kind.write() {
        evenkeel_yaml::Value::Str(word) => word,
        _ => String::new(),
    });
    let fields = [
        ("Allow-Downgrade-To-Insecure", yes(source.allow_downgrade_to_insecure)),
        ("Allow-Insecure", yes(source.allow_insecure)),
        ("Allow-Weak", yes(source.allow_weak)),
        ("Architectures", list(&source.architectures)),
        ("By-Hash", yes(source.by_hash)),
        ("Check-Date", yes(source.check_date)),
        ("Check-Valid-Until", yes(source.check_valid_until)),
        ("Components", list(&source.components)),
        ("Date-Max-Future", source.date_max_future.map(|seconds| seconds.to_string())),
        ("Enabled", yes(source.enabled)),
        ("Inrelease-Path", source.inrelease_path.clone()),
        ("Languages", list(&source.languages)),
        ("X-Repolib-Name", Some(source.name.text.clone())),
        ("Pdiffs", yes(source.pdiffs)),
        ("Signed-By", signed_by),
        ("Suites", list(&source.suites)),
        ("Targets", list(&source.targets)),
        ("Trusted", yes(source.trusted)),
        ("Types", Some(types.collect::<Vec<_>>().join(" "))),
        ("URIs", list(&source.uris)),
    ];
    let written = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    written.map(|(name, value)| field(name, &value)).collect()
}

/// A field; several lines are indented, and an empty one is a dot.
fn field(name: &str, value: &str) -> String {
    if !value.contains('\n') {
        return format!("{name}: {value}\n");
    }
    let lines = value.trim().lines().map(|line| match line.trim() {
        "" => "    .\n".to_owned(),
        line => format!("    {line}\n"),
    });
    format!("{name}:\n{}", lines.collect::<String>())
}

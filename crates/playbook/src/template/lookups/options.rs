//! The named arguments that lookups take.

/// Those that every lookup takes.
const OF_ALL: [&str; 2] = ["errors", "wantlist"];

/// The named arguments of a lookup, beside those that all take; nothing for one that is not there.
///
/// Source: the options that ansible-core documents for each lookup, and those that it reads without saying so.
pub(crate) fn of(lookup: &str) -> Option<&'static [&'static str]> {
    Some(match lookup {
        "csvfile" => &["col", "default", "delimiter", "encoding", "file", "keycol"],
        "env" | "vars" => &["default"],
        "file" => &["lstrip", "rstrip"],
        "first_found" => &["files", "paths", "skip"],
        "ini" => &[
            "allow_no_value",
            "allow_none",
            "case_sensitive",
            "default",
            "encoding",
            "file",
            "interpolation",
            "re",
            "section",
            "type",
        ],
        "password" => &["chars", "encrypt", "ident", "length", "seed"],
        "sequence" => &["count", "end", "format", "start", "stride"],
        "subelements" => &["skip_missing"],
        "template" => &[
            "block_end_string",
            "block_start_string",
            "comment_end_string",
            "comment_start_string",
            "convert_data",
            "jinja2_native",
            "template_vars",
            "trim_blocks",
            "variable_end_string",
            "variable_start_string",
        ],
        "url" => &[
            "ca_path",
            "ciphers",
            "follow_redirects",
            "force",
            "force_basic_auth",
            "headers",
            "http_agent",
            "password",
            "split_lines",
            "timeout",
            "unix_socket",
            "unredirected_headers",
            "use_gssapi",
            "use_netrc",
            "use_proxy",
            "username",
            "validate_certs",
        ],
        "dict"
        | "fileglob"
        | "indexed_items"
        | "inventory_hostnames"
        | "items"
        | "lines"
        | "list"
        | "nested"
        | "pipe"
        | "random_choice"
        | "together"
        | "unvault"
        | "varnames" => &[],
        _ => return None,
    })
}

/// Whether a lookup takes a named argument; also where the lookup is not there.
pub(crate) fn takes(lookup: &str, argument: &str) -> bool {
    OF_ALL.contains(&argument) || of(lookup).is_none_or(|known| known.contains(&argument))
}

/// Whether a lookup refuses named arguments that it does not take; others read nothing of them, as in Ansible.
pub(crate) fn refuses(lookup: &str) -> bool {
    matches!(lookup, "csvfile" | "ini" | "password" | "sequence")
}

#[cfg(test)]
mod tests {
    use super::super::LOOKUPS;

    #[test]
    fn every_lookup_says_what_it_takes() {
        for lookup in LOOKUPS {
            assert!(super::of(lookup).is_some(), "{lookup}");
        }
        assert!(super::takes("file", "rstrip") && super::takes("file", "errors"));
        assert!(!super::takes("file", "rstripp"));
    }
}

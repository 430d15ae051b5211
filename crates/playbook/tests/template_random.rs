//! Random and mutated templates: an error or a value, never a panic.

use std::sync::Arc;
use std::sync::LazyLock;

use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::Var;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{%-",
    "-%}",
    " ",
    "\n",
    "\r\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "|",
    "~",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    "in",
    "not in",
    "is",
    "is not",
    "not",
    "and",
    "or",
    "if",
    "else",
    "elif",
    "endif",
    "for",
    "endfor",
    "set",
    "raw",
    "endraw",
    "macro",
    "endmacro",
    "x",
    "y",
    "name",
    "nope",
    "loop",
    "defined",
    "1",
    "0",
    "-1",
    "99999999999999999999",
    "1.5",
    "1e308",
    "'a'",
    "\"b\"",
    "'",
    "\"",
    "\\",
    "'\\",
    "ä",
    "€",
    "🦀",
    "none",
    "true",
    "default",
    "int",
    "join",
    "map",
    "select",
    "sort",
    "first",
    "combine",
    "dict2items",
    "regex_replace",
    "to_json",
    "to_yaml",
    "indent",
    "ipaddr",
    "ipsubnet",
    "hash",
    "random",
    "batch",
    "slice",
    "flatten",
    "product",
    "range",
    "dict",
    "namespace",
    "lookup",
    "query",
    "omit",
    "format",
    "round",
    "human_to_bytes",
    "strftime",
    "unique",
    "groupby",
    "version",
    "match",
    "comment",
    "truncate",
    "wordwrap",
    "splitext",
    "path_join",
    "relpath",
    "zip",
    "extract",
    "ternary",
    "quote",
];

/// Over files in memory: a random text may name a file that a lookup writes.
static TEMPLAR: LazyLock<Templar> = LazyLock::new(|| {
    Templar::new(TemplarSettings {
        files: Arc::new(evenkeel_playbook::Memory::default()),
        ..TemplarSettings::default()
    })
});

/// Three variables.
#[derive(Debug)]
struct Few;

impl Scope for Few {
    fn get(&self, name: &str) -> Option<Var> {
        let value = match name {
            "x" => Value::Int(3),
            "y" => Value::Seq(vec![Node::new(
                Value::Str("10.0.0.0/24".into()),
                Place::nowhere("t"),
            )]),
            "name" => Value::Str("lb{{ x }}".into()),
            _ => return None,
        };
        Some(Var::template(Arc::new(Node::new(value, Place::nowhere("t")))))
    }

    fn names(&self) -> Vec<Arc<str>> {
        ["x", "y", "name"].map(Arc::from).to_vec()
    }
}

/// Runs a text in all forms; the results do not matter.
fn try_all(templar: &Templar, text: &str) {
    let scope: Arc<dyn Scope> = Arc::new(Few);
    let source = Source::new("random", text);
    let node = Node::new(Value::Str(text.to_owned()), Place::new(&source, 0, text.len()));
    let problems = [
        templar.node(&node, &scope).err(),
        templar.condition(&node, &scope).err(),
        templar.expression(&node, &scope).err(),
        templar.file(&source, &TemplateOptions::default(), &scope).err(),
    ];
    for problem in problems.into_iter().flatten() {
        assert!(
            !problem.message.is_empty(),
            "{text:?} gives an error without words"
        );
    }
    let _ = templar.references(&node);
    let _ = templar.expression_references(&node);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn words_in_any_order(words in prop::collection::vec(prop::sample::select(WORDS), 1..20), wrap in any::<bool>()) {
        let text = words.join(" ");
        try_all(&TEMPLAR, &if wrap { format!("{{{{ {text} }}}}") } else { words.concat() });
    }

    #[test]
    fn any_text(text in "\\PC{0,40}") {
        try_all(&TEMPLAR, &text);
    }
}

#[test]
fn mutated_cases() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/templates/cases.yml");
    let source = Source::new("cases.yml", std::fs::read_to_string(path).unwrap());
    let cases = evenkeel_yaml::load_one(&source).unwrap().0;
    let mut state = 1_u64;
    let mut next = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit.max(1)
    };
    for kind in ["playbook", "conditions", "files"] {
        for case in cases.as_map().unwrap().get(kind).unwrap().as_seq().unwrap() {
            let chars: Vec<char> = case.as_str().unwrap().chars().collect();
            for _ in 0..4 {
                let mut mutated = chars.clone();
                for _ in 0..=next(2) {
                    let at = next(mutated.len());
                    let word = WORDS[next(WORDS.len())];
                    match next(3) {
                        0 if at < mutated.len() => drop(mutated.remove(at)),
                        1 => drop(mutated.splice(at..at, word.chars())),
                        _ => mutated.truncate(at),
                    }
                }
                try_all(&TEMPLAR, &mutated.into_iter().collect::<String>());
            }
        }
    }
}

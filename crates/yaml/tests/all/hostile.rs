//! Inputs that want to hurt: none may panic, exhaust the memory or read back differently.

use evenkeel_yaml::Content;
use evenkeel_yaml::Data;
use evenkeel_yaml::DumpOptions;
use evenkeel_yaml::MAX_DEPTH;
use evenkeel_yaml::Source;
use evenkeel_yaml::load;
use evenkeel_yaml::load_one;
use evenkeel_yaml::to_yaml;
use evenkeel_yaml::write_block;
use serde_json::json;

use crate::peer;
use crate::show::show;

/// How many mutated texts are tried.
const TEXTS: usize = 100_000;

/// How many of them PyYAML is asked about.
const PEER_TEXTS: usize = 3_000;

/// A small generator (xorshift64), so that every run tries the same texts.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// What mutations insert.
const PIECES: &[&str] = &[
    "\n",
    " ",
    "  ",
    "\t",
    ":",
    ": ",
    "-",
    "- ",
    "?",
    "? ",
    "#",
    " #",
    "&a ",
    "*a",
    "!",
    "!!str ",
    "!unsafe ",
    "!vault ",
    "|",
    ">",
    "|2",
    ">-\n",
    "'",
    "\"",
    "\\",
    "\\x4",
    "{",
    "}",
    "[",
    "]",
    ",",
    "<<: ",
    "<<",
    "=",
    "%",
    "%YAML 1.1\n",
    "---",
    "---\n",
    "...",
    "...\n",
    "@",
    "`",
    "~",
    "0",
    "1_0",
    "9:59",
    "2024-02-30",
    "0x",
    "0b",
    ".",
    "e+3",
    "inf",
    ".nan",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "é",
    "😀",
    "\0",
    "\r",
    "\r\n",
    "\u{7}",
    "{{ x }}",
    "yes",
    "99999999999999999999999999999999999999999999",
];

/// The texts that are mutated.
fn seeds() -> Vec<String> {
    let table: Vec<(String, serde_json::Value)> =
        serde_json::from_str(include_str!("../pyyaml/loads.json")).unwrap();
    table.into_iter().map(|(text, _)| text).collect()
}

fn mutate(text: &str, others: &[String], random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().take(200).collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len() + 1);
        match random.below(5) {
            0 if at < chars.len() => drop(chars.remove(at)),
            1 => chars.truncate(at.max(1)),
            2 => {
                let other: Vec<char> = others[random.below(others.len())].chars().collect();
                chars.splice(at..at, other.into_iter().take(80));
            }
            3 if at < chars.len() => chars[at] = char::from(random.below(128) as u8),
            _ => drop(chars.splice(at..at, PIECES[random.below(PIECES.len())].chars())),
        }
    }
    chars.into_iter().collect()
}

#[test]
fn mutated_texts_neither_panic_nor_read_back_differently() {
    let mut seeds = seeds();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut readable = 0;
    for round in 0..TEXTS {
        let seed = random.below(seeds.len());
        let text = mutate(&seeds[seed], &seeds, &mut random);
        if let Ok(loaded) = load(&Source::new("mutated", text.as_str())) {
            readable += 1;
            loaded.documents.iter().for_each(|node| check(node, &text));
            if round % 50 == 0 {
                seeds.push(text);
            }
        }
    }
    assert!(readable > TEXTS / 5, "{readable}");
}

#[test]
fn mutated_texts_read_as_a_living_pyyaml_reads_them() {
    let Some(mut python) = peer::python() else { return };
    let seeds = seeds();
    let mut random = Random(0x1234_5678_9abc_def1);
    for _ in 0..PEER_TEXTS {
        let seed = random.below(seeds.len());
        let text = mutate(&seeds[seed], &seeds, &mut random);
        // Integers beyond 128 bits stay text, and an anchor in itself is refused: both on purpose.
        if text
            .split(|c: char| !c.is_ascii_digit() && c != '_')
            .any(|digits| digits.len() > 38)
        {
            continue;
        }
        let found = match load(&Source::new("mutated", text.as_str())) {
            Ok(loaded) => loaded.documents.iter().map(show).collect::<Vec<_>>().into(),
            Err(problem) if problem.message.ends_with("contains itself") => continue,
            Err(_) => json!("error"),
        };
        assert_eq!(python.ask(&json!({"load": text})), found, "{text:?}");
    }
}

/// Every place lies in the text, and what is written reads back.
fn check(node: &evenkeel_yaml::Node, text: &str) {
    assert!(
        text.get(node.place.start as usize..node.place.end as usize)
            .is_some(),
        "{text:?}: {:?}",
        node.place
    );
    let data = Data::from(node);
    let written = write_block(data.clone());
    let (again, _) = load_one(&Source::new("written", written.as_str()))
        .unwrap_or_else(|problem| panic!("{text:?} became {written:?}: {problem}"));
    let (again, expected) = (untagged(Data::from(&again)), untagged(data.clone()));
    assert_eq!(
        format!("{again:?}"),
        format!("{expected:?}"),
        "{text:?} became {written:?}"
    );
    drop(to_yaml(data, &DumpOptions::nice()).unwrap());
}

/// Without the tag of strings that are numbers beyond 128 bits, which the writer must leave out.
fn untagged(data: Data) -> Data {
    let tag = match &data.content {
        Content::Str(text) if text.len() > 38 && text.bytes().all(|b| b"-0123456789".contains(&b)) => None,
        _ => data.tag,
    };
    let content = match data.content {
        Content::List(items) => Content::List(items.into_iter().map(untagged).collect()),
        Content::Mapping(entries) => Content::Mapping(
            entries
                .into_iter()
                .map(|(key, value)| (untagged(key), untagged(value)))
                .collect(),
        ),
        other => other,
    };
    Data { content, tag, ..data }
}

#[test]
fn laughs_by_the_billion_are_an_error() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let problem = load(&Source::new("laughs.yml", text)).unwrap_err();
    assert_eq!(problem.code, "yaml::limit");
}

#[test]
fn long_texts_count_when_they_are_copied() {
    let text = format!("a: &a {}\nb:\n{}", "x".repeat(100_000), "  - *a\n".repeat(10_000));
    assert_eq!(
        load(&Source::new("long.yml", text)).unwrap_err().code,
        "yaml::limit"
    );
}

#[test]
fn nesting_has_an_end() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(load(&Source::new("deep.yml", nested(MAX_DEPTH))).is_ok());
    let problem = load(&Source::new("deep.yml", nested(MAX_DEPTH + 1))).unwrap_err();
    assert_eq!(problem.code, "yaml::limit");
    assert_eq!(problem.at.unwrap().0.start as usize, MAX_DEPTH);
    assert!(load(&Source::new("deep.yml", "[".repeat(100_000))).is_err());
    assert!(load(&Source::new("deep.yml", "- ".repeat(100_000))).is_err());
}

#[test]
fn aliases_count_as_deep_as_what_they_stand_for() {
    let half = MAX_DEPTH / 2 + 1;
    let (open, close) = ("[".repeat(half), "]".repeat(half));
    let text = format!("- &a {open}{close}\n- {open}*a{close}\n");
    assert_eq!(
        load(&Source::new("deep.yml", text)).unwrap_err().code,
        "yaml::limit"
    );
}

#[test]
fn a_large_inventory_is_read() {
    let mut text = "all:\n  vars: &common {a: 1, b: 2, c: [3, 4]}\n  hosts:\n".to_owned();
    for host in 0..12_000 {
        text.push_str(&format!(
            "    node{host}:\n      ansible_host: 10.0.0.1\n      <<: *common\n      note: {}\n",
            "x".repeat(360)
        ));
    }
    assert!(text.len() > 5_000_000);
    let (node, warnings) = load_one(&Source::new("inventory.yml", text)).unwrap();
    let hosts = node
        .as_map()
        .and_then(|all| all.get("all")?.as_map()?.get("hosts")?.as_map())
        .unwrap();
    assert_eq!((hosts.len(), warnings.len()), (12_000, 0));
    assert_eq!(hosts.entries[11_999].1.as_map().unwrap().len(), 5);
}

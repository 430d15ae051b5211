//! The readers take any text: 100,000 random and mutated inputs each, without a panic.

use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Source;

use super::Pattern;
use super::Reading;
use super::address;
use super::build::Builder;
use super::ini;
use super::literal;
use super::range;
use super::shlex;
use crate::Memory;

const INPUTS: usize = 100_000;

/// A small generator (xorshift64*), so that every run sees the same inputs.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of the samples, often with a few characters removed, doubled, exchanged or put in.
    fn mutated(&mut self, samples: &[&str]) -> String {
        const STRANGE: &[&str] = &[
            "[",
            "]",
            ":",
            "=",
            "#",
            "\"",
            "'",
            "\\",
            " ",
            "\t",
            "\n",
            "\0",
            "é",
            "\u{2028}",
            "{",
            "}",
            "(",
            ",",
            "~",
            "!",
            "&",
            "0",
            "9999999999999999999",
            "-",
            "_",
            ".",
            "*",
            "𝄞",
            "\u{feff}",
            "\r",
            "x",
        ];
        let mut text: Vec<char> = self.pick(samples).chars().collect();
        for _ in 0..self.below(8) {
            let at = self.below(text.len() + 1);
            match self.below(5) {
                0 if at < text.len() => {
                    text.remove(at);
                }
                1 if at < text.len() => text.insert(at, text[at]),
                2 if at < text.len() => text.truncate(at),
                3 => {
                    let more: Vec<char> = self.pick(samples).chars().collect();
                    text.splice(at..at, more);
                }
                _ => {
                    text.splice(at..at, self.pick(STRANGE).chars());
                }
            }
        }
        text.into_iter().collect()
    }
}

fn each(samples: &[&str], mut check: impl FnMut(&str)) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..INPUTS {
        check(&random.mutated(samples));
    }
}

#[test]
fn ini_takes_any_text() {
    let samples = [
        "[web]\nweb[1:3].x:22 a=1 b=\"c d\" # e\n",
        "[site:children]\nweb\ndb\n[web]\nw\n[db]\nw x={'a': [1, (2,)]}\n",
        "[web:vars]\nx = 'a' # b\nansible_group_priority=3\n[web]\n[2001:db8::1]:22\n",
        "a\n[a:children]\na\n",
    ];
    each(&samples, |text| {
        let mut builder = Builder::new();
        ini::read(&Source::new("hosts", text), &mut builder);
        let inventory = builder.finish();
        for problem in &inventory.problems {
            // A place that does not lie on characters would be drawn wrongly.
            let (place, _) = problem
                .at
                .as_ref()
                .unwrap_or_else(|| panic!("{problem} has no place"));
            assert!(
                place
                    .source
                    .text
                    .get(place.start as usize..place.end as usize)
                    .is_some(),
                "{text:?}"
            );
        }
    });
}

#[test]
fn yaml_takes_any_text() {
    let samples = [
        "all:\n  hosts:\n    w[1:3]:22: {a: 1}\n    '[2001:db8::1]:22':\n  vars: {x: [1, {b: c}]}\n",
        "web:\n  children:\n    db:\n      hosts: {a: , b: !unsafe 'x'}\n  vars: &v\n    ansible_group_priority: 3\n",
        "a: {hosts: {h: {<<: {x: 1}, y: \"é\"}}}\nb: {children: {a: {}}}\n",
        "{\"all\": {\"hosts\": {\"a\": {\"x\": 1e3}}}}",
    ];
    each(&samples, |text| {
        let files = Memory::default().with("hosts.yml", text);
        if let Ok(inventory) = Reading::new(&files).sources(&["hosts.yml"]) {
            inventory.list(super::ListOptions::default());
        }
    });
}

#[test]
fn extra_variables_take_any_text() {
    let samples = [
        "a=1 b='c d' e=\"f\\\"g\"",
        "x={{ y | d('a b') }} é=ü",
        "{a: 1, b: [c]}",
        "a=\\x41\\u00e9\\n",
    ];
    let files = Memory::default();
    each(&samples, |text| {
        let _ = crate::vars::ExtraVars::read(&[text], &files);
    });
}

#[test]
fn ranges_take_any_text() {
    let samples = ["web[1:3]", "web[01:10:2]x[a:f]", "x[-1:2]", "x[y:B]", "[1:2"];
    each(&samples, |text| {
        if let Err(bad) = range::expand(text) {
            assert!(text.get(bad.at.clone()).is_some(), "{text:?} {bad:?}");
        }
        address::parse(text, true);
    });
}

#[test]
fn literals_take_any_text() {
    let samples = [
        "{'a': [1, 2.5e3, (True, None)], \"b\": {1, 2}}",
        "0x1F",
        "1_000.5e-7",
        "'\\x41\\u00e9\\N{BULLET}' b'\\xff'",
        "-1, +2",
        "((1))",
        "r'''a'b'''",
    ];
    let place = Place::nowhere("test");
    each(&samples, |text| {
        literal::typed(text, &place);
    });
}

#[test]
fn words_take_any_text() {
    each(&["a b='c d' e=\"f\\\"g\" h\\ i # j", "a#b"], |text| {
        for word in shlex::split(text).unwrap_or_default().words {
            assert!(text.get(word.start..word.end).is_some(), "{text:?} {word:?}");
        }
    });
}

#[test]
fn patterns_take_any_text() {
    let files = Memory::default().with("hosts", "[web]\nweb[1:3]\n[db]\ndb1\n");
    let inventory = Reading::new(&files).sources(&["hosts"]).unwrap();
    let samples = [
        "web:&db:!web1",
        "web[0:2],~w(e|b)\\d",
        "web[!1-2]*",
        "*[1:]",
        "[2001:db8::1]:22",
        "!web[-1]",
    ];
    each(&samples, |text| {
        let source: Arc<Source> = Source::new("hosts:", text);
        if let Ok(pattern) = Pattern::parse(text, &Place::new(&source, 0, text.len())) {
            let _ = inventory.selection(&pattern);
        }
    });
}

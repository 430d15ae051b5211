//! The words, places and hints for texts that cannot be read.

use evenkeel_yaml::Problem;
use evenkeel_yaml::Related;
use evenkeel_yaml::Source;
use evenkeel_yaml::load_one;
use miette::Diagnostic;

/// A problem as plain text: message, labels with what they point at, hints.
fn plain(problem: &Problem) -> String {
    let mut lines = vec![format!("{} [{}]", problem, problem.code)];
    let at = problem.at.iter().map(|(place, label)| (place, label));
    let related = problem
        .related
        .iter()
        .map(|Related { place, label }| (place, label));
    for (place, label) in at.chain(related) {
        let (line, column) = place.line_column();
        lines.push(format!("  {line}:{column} {:?} {label}", place.text()));
    }
    lines.extend(problem.help.iter().map(|help| format!("  help: {help}")));
    lines.join("\n")
}

fn refusals(texts: &[&str]) -> String {
    let refusal = |text: &&str| plain(&load_one(&Source::new("site.yml", *text)).unwrap_err());
    texts
        .iter()
        .map(|text| format!("{text:?}\n{}", refusal(text)))
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[test]
fn indentation() {
    insta::assert_snapshot!(refusals(&[
        "a:\n\tb: 1",
        "a: b\n\tc: d",
        "a: |\n\tx\n",
        "x:\n  - a\n - b",
        "- hosts: a\n tasks: b",
        "- hosts: a\n  tasks:\n  - x: 1\n   y: 2",
        "- a\nb: c",
        "a: b\n- c",
        "command: x\n  args:\n    chdir: /",
        "foo\nbar: 1",
        "k: - a",
    ]), @r#"
"a:\n\tb: 1"
site.yml:2:1: the YAML cannot be read: found character that cannot start any token [yaml::syntax]
  2:1 "\t" here
  help: indent with spaces: YAML allows no tab here

"a: b\n\tc: d"
site.yml:2:1: the YAML cannot be read: found a tab character that violates indentation [yaml::syntax]
  2:1 "\t" here
  1:4 "b" while scanning a plain scalar
  help: indent with spaces: YAML allows no tab here

"a: |\n\tx\n"
site.yml:2:1: the YAML cannot be read: found a tab character where an indentation space is expected [yaml::syntax]
  2:1 "\t" here
  1:4 "|" while scanning a block scalar
  help: indent with spaces: YAML allows no tab here

"x:\n  - a\n - b"
site.yml:3:2: the YAML cannot be read: did not find expected key [yaml::syntax]
  3:2 "-" here
  1:1 "x" while parsing a block mapping
  help: this line begins in column 2, its block (line 1) in column 1: indent both alike

"- hosts: a\n tasks: b"
site.yml:2:2: the YAML cannot be read: did not find expected '-' indicator [yaml::syntax]
  2:2 "t" here
  1:1 "-" while parsing a block collection
  help: this line begins in column 2, its block (line 1) in column 1: indent both alike

"- hosts: a\n  tasks:\n  - x: 1\n   y: 2"
site.yml:4:4: the YAML cannot be read: did not find expected key [yaml::syntax]
  4:4 "y" here
  1:3 "h" while parsing a block mapping
  help: this line begins in column 4, its block (line 1) in column 3: indent both alike

"- a\nb: c"
site.yml:2:1: the YAML cannot be read: did not find expected '-' indicator [yaml::syntax]
  2:1 "b" here
  1:1 "-" while parsing a block collection
  help: the list that begins in line 1 wants a `- ` here

"a: b\n- c"
site.yml:2:1: the YAML cannot be read: did not find expected key [yaml::syntax]
  2:1 "-" here
  1:1 "a" while parsing a block mapping
  help: the list that begins in line 1 wants a `- ` here

"command: x\n  args:\n    chdir: /"
site.yml:2:7: the YAML cannot be read: mapping values are not allowed in this context [yaml::syntax]
  2:7 ":" here
  help: the line above has a value already: indent this line like it, or move that value

"foo\nbar: 1"
site.yml:2:4: the YAML cannot be read: mapping values are not allowed in this context [yaml::syntax]
  2:4 ":" here
  help: the line above is no `key:`: add its colon, or indent this line below its own key

"k: - a"
site.yml:1:4: the YAML cannot be read: block sequence entries are not allowed in this context [yaml::syntax]
  1:4 "-" here
  help: begin the list on a line of its own, below its key
"#);
}

#[test]
fn quotes_and_templates() {
    insta::assert_snapshot!(refusals(&[
        "path: {{ x }}",
        "path: {{ x }}/foo",
        "- {{ x }}/y",
        "when: {{ a }} == {{ b }}",
        "path: {{ x | default(\"a\") }}",
        "a: {b: {{ c }}}",
        "a: [{{ c }}, d]",
        "x: {% if a %}",
        "msg: foo: bar",
        "- shell: echo \"a: b\"",
        "msg: \"foo\" bar",
        "x: 'it's'",
        "a: \"foo\nb: c",
        "p: \"C:\\dir\"",
        "p: *.conf",
        "p: *conf",
        "p: @x",
        "p: %x",
        "p: `x`",
        "a: >x\n y",
    ]), @r#"
"path: {{ x }}"
site.yml:1:8: found unhashable key: a mapping cannot be a key [yaml::key]
  1:8 "{ x }" this is read as a mapping in a mapping
  help: quote the whole value: "{{ x }}"

"path: {{ x }}/foo"
site.yml:1:8: found unhashable key: a mapping cannot be a key [yaml::key]
  1:8 "{ x }" this is read as a mapping in a mapping
  help: quote the whole value: "{{ x }}/foo"

"- {{ x }}/y"
site.yml:1:4: found unhashable key: a mapping cannot be a key [yaml::key]
  1:4 "{ x }" this is read as a mapping in a mapping
  help: quote the whole value: "{{ x }}/y"

"when: {{ a }} == {{ b }}"
site.yml:1:8: found unhashable key: a mapping cannot be a key [yaml::key]
  1:8 "{ a }" this is read as a mapping in a mapping
  help: quote the whole value: "{{ a }} == {{ b }}"

"path: {{ x | default(\"a\") }}"
site.yml:1:8: found unhashable key: a mapping cannot be a key [yaml::key]
  1:8 "{ x | default(\"a\") }" this is read as a mapping in a mapping
  help: quote the whole value: '{{ x | default("a") }}'

"a: {b: {{ c }}}"
site.yml:1:9: found unhashable key: a mapping cannot be a key [yaml::key]
  1:9 "{ c }" this is read as a mapping in a mapping
  help: quote the whole value: "{{ c }}"

"a: [{{ c }}, d]"
site.yml:1:6: found unhashable key: a mapping cannot be a key [yaml::key]
  1:6 "{ c }" this is read as a mapping in a mapping
  help: quote the whole value: "{{ c }}"

"x: {% if a %}"
site.yml:1:5: the YAML cannot be read: found character that cannot start any token [yaml::syntax]
  1:5 "%" here
  help: a template block (`{% .. %}`) must stand in a quoted or `|` value

"msg: foo: bar"
site.yml:1:9: the YAML cannot be read: mapping values are not allowed in this context [yaml::syntax]
  1:9 ":" here
  help: the value holds `: `, so quote the whole value: "foo: bar"

"- shell: echo \"a: b\""
site.yml:1:17: the YAML cannot be read: mapping values are not allowed in this context [yaml::syntax]
  1:17 ":" here
  help: the value holds `: `, so quote the whole value: 'echo "a: b"'

"msg: \"foo\" bar"
site.yml:1:12: the YAML cannot be read: did not find expected key [yaml::syntax]
  1:12 "b" here
  1:1 "m" while parsing a block mapping
  help: nothing may follow the closing quote or bracket: quote the whole value: '"foo" bar'

"x: 'it's'"
site.yml:1:8: the YAML cannot be read: did not find expected key [yaml::syntax]
  1:8 "s" here
  1:1 "x" while parsing a block mapping
  help: nothing may follow the closing quote or bracket: quote the whole value: "'it's'"

"a: \"foo\nb: c"
site.yml:2:5: the YAML cannot be read: found unexpected end of stream [yaml::syntax]
  2:5 "" here
  1:4 "\"" while scanning a quoted scalar
  help: close the quote that is opened in line 1

"p: \"C:\\dir\""
site.yml:1:7: the YAML cannot be read: found unknown escape character [yaml::syntax]
  1:7 "\\" here
  1:4 "\"" while parsing a quoted scalar
  help: in double quotes a backslash begins an escape: double it, or use single quotes

"p: *.conf"
site.yml:1:5: the YAML cannot be read: did not find expected alphabetic or numeric character [yaml::syntax]
  1:5 "." here
  1:4 "*" while scanning an alias
  help: a value cannot begin with '*': quote it: "*.conf"

"p: *conf"
site.yml:1:4: found undefined alias `conf` [yaml::anchor]
  1:4 "*conf" no anchor of this name stands before it in this document
  help: if it is text, quote it: "*conf"

"p: @x"
site.yml:1:4: the YAML cannot be read: found character that cannot start any token [yaml::syntax]
  1:4 "@" here
  help: a value cannot begin with '@': quote it: "@x"

"p: %x"
site.yml:1:4: the YAML cannot be read: found character that cannot start any token [yaml::syntax]
  1:4 "%" here
  help: a value cannot begin with '%': quote it: "%x"

"p: `x`"
site.yml:1:4: the YAML cannot be read: found character that cannot start any token [yaml::syntax]
  1:4 "`" here
  help: a value cannot begin with '`': quote it: "`x`"

"a: >x\n y"
site.yml:1:5: the YAML cannot be read: did not find expected comment or line break [yaml::syntax]
  1:5 "x" here
  1:4 ">" while scanning a block scalar
  help: the text of `|` or `>` begins on the next line; if it is text, quote the value
"#);
}

#[test]
fn brackets_keys_and_documents() {
    insta::assert_snapshot!(refusals(&[
        "a: [1, 2",
        "a: {b: 1\nc: 2",
        "key: [a, b]]",
        "{a: 1}}",
        "a: ,b",
        "? a\nb",
        "? [a]\n: b",
        "a: x\u{1}",
        "%foo",
        "a: 1\n---\nb: 2",
    ]), @r#"
"a: [1, 2"
site.yml:1:9: the YAML cannot be read: did not find expected ',' or ']' [yaml::syntax]
  1:9 "" here
  1:4 "[" while parsing a flow sequence
  help: separate the items by commas, and close the list of line 1 with `]`

"a: {b: 1\nc: 2"
site.yml:2:2: the YAML cannot be read: did not find expected ',' or '}' [yaml::syntax]
  2:2 ":" here
  1:4 "{" while parsing a flow mapping
  help: separate the items by commas, and close the mapping of line 1 with `}`

"key: [a, b]]"
site.yml:1:12: the YAML cannot be read: did not find expected key [yaml::syntax]
  1:12 "]" here
  1:1 "k" while parsing a block mapping
  help: remove this bracket: none is open

"{a: 1}}"
site.yml:1:7: the YAML cannot be read: did not find expected <document start> [yaml::syntax]
  1:7 "}" here
  help: the document has ended before this: remove what is left over, or indent it

"a: ,b"
site.yml:1:4: the YAML cannot be read: did not find expected node content [yaml::syntax]
  1:4 "," here
  help: a value cannot begin with ',': quote it: ",b"

"? a\nb"
site.yml:2:2: the YAML cannot be read: could not find expected ':' [yaml::syntax]
  2:2 "" here
  2:1 "b" while scanning a simple key
  help: write `key: value`: a key needs a colon and a space

"? [a]\n: b"
site.yml:1:3: found unhashable key: a list cannot be a key [yaml::key]
  1:3 "[a]" this key
  help: keys are strings, numbers or booleans; if it is text, quote it

"a: x\u{1}"
site.yml:1:5: the YAML cannot be read: control characters are not allowed [yaml::syntax]
  1:5 "\u{1}" here
  help: remove the character, or write it as an escape in double quotes ("\x07")

"%foo"
site.yml:1:5: the YAML cannot be read: found unknown directive name [yaml::syntax]
  1:5 "" here
  1:1 "%" while scanning a directive

"a: 1\n---\nb: 2"
site.yml:3:1: site.yml holds more than one document [yaml::documents]
  3:1 "b: 2" the second document begins here
  help: keep one document per file: remove the `---` before this line
"#);
}

#[test]
fn values_tags_and_anchors() {
    insta::assert_snapshot!(refusals(&[
        "d: 2024-13-01",
        "t: 2024-01-01 25:00:00",
        "n: 0b_",
        "a: <<",
        "a: =",
        "a: !foo x",
        "a: !!python/object x",
        "a: !!int x",
        "a: !!map [x]",
        "a: !vault 5",
        "a: !vault [x]",
        "<<: 1",
        "<<: [a]",
        "<<: !unsafe {a: 1}",
        "a: &x 1\nb: &x 2",
        "a: &x [*x]",
    ]), @r#"
"d: 2024-13-01"
site.yml:1:4: `2024-13-01` looks like a date, but there is no such day [yaml::value]
  1:4 "2024-13-01" this value
  help: if it is text, quote it: "2024-13-01"

"t: 2024-01-01 25:00:00"
site.yml:1:4: `2024-01-01 25:00:00` looks like a time, but there is no such time [yaml::value]
  1:4 "2024-01-01 25:00:00" this value
  help: if it is text, quote it: "2024-01-01 25:00:00"

"n: 0b_"
site.yml:1:4: `0b_` is not an integer [yaml::value]
  1:4 "0b_" this value
  help: if it is text, quote it: "0b_"

"a: <<"
site.yml:1:4: `<<` is the merge key and cannot be a value [yaml::value]
  1:4 "<<" this value
  help: quote it: "<<"

"a: ="
site.yml:1:4: `=` is YAML's default key and cannot be a value [yaml::value]
  1:4 "=" this value
  help: quote it: "="

"a: !foo x"
site.yml:1:4: could not determine a constructor for the tag `!foo` [yaml::tag]
  1:4 "!foo x" this tag is unknown
  help: Ansible knows `!vault`, `!unsafe` and YAML's own tags; if it is text, quote it

"a: !!python/object x"
site.yml:1:4: could not determine a constructor for the tag `!!python/object` [yaml::tag]
  1:4 "!!python/object x" this tag is unknown
  help: Ansible knows `!vault`, `!unsafe` and YAML's own tags; if it is text, quote it

"a: !!int x"
site.yml:1:4: `x` is not an integer [yaml::value]
  1:4 "!!int x" this value
  help: if it is text, quote it: "x"

"a: !!map [x]"
site.yml:1:4: `!!map` expects a mapping, but found a list [yaml::tag]
  1:4 "!!map [x]" expected a mapping

"a: !vault 5"
site.yml:1:4: the `!vault` tag requires a string value [yaml::tag]
  1:4 "!vault 5" this is no ciphertext
  help: write `!vault |` and the lines that begin with $ANSIBLE_VAULT below it

"a: !vault [x]"
site.yml:1:4: `!vault` expects a string, but found a list [yaml::tag]
  1:4 "!vault [x]" expected a string

"<<: 1"
site.yml:1:5: expected a mapping or a list of mappings for merging (`<<`), but found an integer [yaml::merge]
  1:5 "1" this cannot be merged
  1:1 "" into this mapping

"<<: [a]"
site.yml:1:6: expected a mapping or a list of mappings for merging (`<<`), but found a string [yaml::merge]
  1:6 "a" this cannot be merged
  1:1 "" into this mapping

"<<: !unsafe {a: 1}"
site.yml:1:5: expected a mapping or a list of mappings for merging (`<<`), but found a value tagged `!unsafe` [yaml::merge]
  1:5 "!unsafe {a: 1}" this cannot be merged
  1:1 "" into this mapping

"a: &x 1\nb: &x 2"
site.yml:2:4: found duplicate anchor `x` [yaml::anchor]
  2:4 "&x 2" second occurrence
  1:4 "&x 1" first occurrence
  help: give each anchor of a document its own name

"a: &x [*x]"
site.yml:1:8: the anchor `x` contains itself [yaml::anchor]
  1:8 "*x" this alias stands inside its own anchor
  1:4 "&x [" the anchor
"#);
}

#[test]
fn miette_gets_one_text_per_diagnostic() {
    let (one, two) = (
        Source::new("one.yml", "a: 1\nb: 2\n"),
        Source::new("two.yml", "c: 3\n"),
    );
    let place = |source, start, end| evenkeel_yaml::Place::new(source, start, end);
    let problem = Problem::warning("test::two", "the same twice")
        .at(&place(&one, 0, 1), "here")
        .related(&place(&one, 5, 6), "near")
        .related(&place(&two, 0, 1), "far")
        .help("remove one")
        .help("or the other");
    let labels: Vec<_> = problem
        .labels()
        .unwrap()
        .map(|l| (l.offset(), l.label().unwrap().to_owned()))
        .collect();
    assert_eq!(labels, [(0, "here".to_owned()), (5, "near".to_owned())]);
    let related: Vec<_> = Diagnostic::related(&problem)
        .unwrap()
        .map(|far| (far.to_string(), far.labels().unwrap().count()))
        .collect();
    assert_eq!(related, [("far".to_owned(), 1)]);
    assert_eq!(
        Diagnostic::help(&problem).unwrap().to_string(),
        "remove one\nor the other"
    );
    assert_eq!(problem.severity(), Some(miette::Severity::Warning));
    let contents = problem.source_code().unwrap();
    let span = contents.read_span(&(5, 1).into(), 0, 0).unwrap();
    assert_eq!(
        (span.name(), span.data(), span.line()),
        (Some("one.yml"), &b"b"[..], 1)
    );
}

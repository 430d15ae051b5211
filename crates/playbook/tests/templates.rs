//! Templates as the engine uses them: undefined, unknown, secret, cycles, places.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Files;
use evenkeel_playbook::Memory;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::Var;
use evenkeel_playbook::template::HostScopes;
use evenkeel_playbook::template::dictionary;
use evenkeel_playbook::template::hostvars;
use evenkeel_tasks::Rendered;
use evenkeel_tasks::Returned;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

#[derive(Debug, Default)]
struct Vars(Vec<(Arc<str>, Var)>);

impl Scope for Vars {
    fn get(&self, name: &str) -> Option<Var> {
        self.0
            .iter()
            .find(|(known, _)| known.as_ref() == name)
            .map(|(_, var)| var.clone())
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.0.iter().map(|(name, _)| Arc::clone(name)).collect()
    }
}

fn text(value: &str) -> Node {
    let source = Source::new("test.yml", value);
    Node::new(Value::Str(value.to_owned()), Place::new(&source, 0, value.len()))
}

fn map(entries: &[(&str, Node)]) -> Node {
    let entries = entries
        .iter()
        .map(|(key, value)| (text(key), value.clone()))
        .collect();
    Node::new(Value::Map(Map { entries }), Place::nowhere("test.yml"))
}

fn list(items: &[Node]) -> Node {
    Node::new(Value::Seq(items.to_vec()), Place::nowhere("test.yml"))
}

fn vars() -> Vars {
    let template = |node| Var::template(Arc::new(node));
    let unknown = Var {
        stored: Stored::Unknown("installing haproxy".into()),
        secret: false,
    };
    let mut result = Returned::new();
    result.insert("rc".into(), Known::Is(0.into()));
    result.insert("stdout".into(), Known::unknown("running it"));
    let secret = Var {
        secret: true,
        ..template(text("s3cret"))
    };
    let named = [
        ("name", template(text("lb1"))),
        ("port", template(Node::new(Value::Int(6443), Place::nowhere("t")))),
        ("url", template(text("https://{{ name }}:{{ port }}"))),
        ("hosts", template(list(&[text("{{ name }}"), text("lb2")]))),
        (
            "lb",
            template(map(&[
                ("vip", text("10.0.0.{{ 5 + 5 }}")),
                ("name", text("{{ name }}")),
            ])),
        ),
        ("broken", template(text("{{ lb_vpi }}"))),
        ("lb_vip", template(text("10.0.0.9"))),
        ("a", template(text("{{ b }}"))),
        ("b", template(text("x{{ a }}"))),
        ("version", unknown),
        ("result", Var::data(dictionary(&result))),
        (
            "evil",
            Var::data(minijinja::Value::from("{{ lookup('env', 'HOME') }}")),
        ),
        ("hidden", template(text("{{ truth }}"))),
        ("truth", Var::data(minijinja::Value::from("name == 'lb1'"))),
        ("test", template(text("name == 'lb1'"))),
        ("password", secret),
        ("login", template(text("user:{{ password }}"))),
        ("yes", template(Node::new(Value::Bool(true), Place::nowhere("t")))),
    ];
    Vars(
        named
            .into_iter()
            .map(|(name, var)| (Arc::from(name), var))
            .collect(),
    )
}

fn scope() -> Arc<dyn Scope> {
    Arc::new(vars())
}

fn render(template: &str) -> Result<Rendered<Node>, Problem> {
    Templar::new(TemplarSettings::default()).node(&text(template), &scope())
}

fn value(template: &str) -> Value {
    match render(template) {
        Ok(Rendered {
            value: Known::Is(node),
            ..
        }) => node.value,
        other => panic!("{template}: {other:?}"),
    }
}

fn string(template: &str) -> String {
    match value(template) {
        Value::Str(text) => text,
        other => panic!("{template}: {other:?}"),
    }
}

fn message(template: &str) -> String {
    let problem = render(template).expect_err(template);
    let help = problem
        .help
        .first()
        .map(|help| format!(" ({help})"))
        .unwrap_or_default();
    format!("{problem}{help}")
}

fn condition(expression: &str) -> Result<Known<bool>, Problem> {
    Ok(Templar::new(TemplarSettings::default())
        .condition(&text(expression), &scope())?
        .value)
}

#[test]
fn variables_are_rendered_when_used_and_keep_their_type() {
    assert_eq!(string("{{ url }}"), "https://lb1:6443");
    assert_eq!(value("{{ port }}"), Value::Int(6443));
    assert_eq!(string("{{ lb.vip }}-{{ lb['name'] }}"), "10.0.0.10-lb1");
    assert_eq!(string("{{ hosts }}x"), "['lb1', 'lb2']x");
    assert!(matches!(value("{{ hosts }}"), Value::Seq(items) if items.len() == 2));
    assert_eq!(string("{% for h in hosts %}{{ h }},{% endfor %}"), "lb1,lb2,");
    assert_eq!(string("{{ vars.name }}{{ vars['port'] }}"), "lb16443");
}

#[test]
fn undefined_is_an_error_where_it_is_used() {
    assert_eq!(string("{{ nope.a.b | default('x') }}"), "x");
    assert_eq!(string("{{ lb['zz']['y'].z | default('x') }}"), "x");
    assert_eq!(string("{{ hosts[5].name | default('x') }}"), "x");
    assert_eq!(string("{{ broken | default('x') }}"), "x");
    assert_eq!(value("{{ 'zz' in lb or 'lb3' in hosts }}"), Value::Bool(false));
    assert_eq!(value("{{ hosts[5].name is defined }}"), Value::Bool(false));
    assert_eq!(string("{{ vars.port.x | default('y') }}"), "y");
    assert_eq!(
        message("{{ vars.port.x }}"),
        "test.yml:1:8: `vars.port.x` is undefined: `vars.port` is neither a mapping nor a list \
         (define it, or give a default: `vars.port.x | default(...)`)"
    );
    let undefined = [
        "{{ nope }}",
        "{{ nope | string }}",
        "{{ 1 if nope else 2 }}",
        "{{ nope == 1 }}",
        "{{ nope in [1] }}",
        "{{ nope + 1 }}",
        "{{ not nope }}",
        "{{ nope.x }}",
        "{% if nope %}a{% endif %}",
        "{% for x in nope %}{{ x }}{% endfor %}",
        "a{{ nope ~ 'b' }}",
        "{{ nope() }}",
    ];
    for template in undefined {
        assert!(
            message(template).contains("`nope` is undefined"),
            "{template}: {}",
            message(template)
        );
    }
    assert!(
        message("{{ lb.nam }}").contains("`lb.nam` is undefined (did you mean `name`?)"),
        "{}",
        message("{{ lb.nam }}")
    );
}

#[test]
fn messages_point_at_the_place() {
    assert_eq!(
        message("a {{ lb_vpi }}"),
        "test.yml:1:6: `lb_vpi` is undefined (did you mean `lb_vip`?)"
    );
    let problem = render("a {{ broken }}").unwrap_err();
    assert_eq!(problem.at.unwrap().1, "in `broken`");
    assert_eq!(problem.related[0].label, "used here");
    assert!(
        message("{{ 1 +").starts_with("test.yml:1"),
        "{}",
        message("{{ 1 +")
    );
    assert!(
        message("{{ name | uper }}").contains("there is no filter `uper`"),
        "{}",
        message("{{ name | uper }}")
    );
}

#[test]
fn a_cycle_names_its_chain() {
    assert!(
        message("{{ a }}").contains("a variable needs its own value: `a` -> `b` -> `a`"),
        "{}",
        message("{{ a }}")
    );
}

#[test]
fn long_chains_of_variables_end_in_an_error_not_in_a_crash() {
    let chain = |length: usize| {
        let name = |at: usize| Arc::from(format!("v{at}"));
        let next = |at: usize| {
            if at + 1 == length {
                "end".to_owned()
            } else {
                format!("x{{{{ v{} }}}}", at + 1)
            }
        };
        let vars = (0..length).map(|at| (name(at), Var::template(Arc::new(text(&next(at))))));
        let scope: Arc<dyn Scope> = Arc::new(Vars(vars.collect()));
        Templar::new(TemplarSettings::default()).node(&text("{{ v0 }}"), &scope)
    };
    assert!(chain(50).is_ok());
    let problem = chain(500).unwrap_err();
    assert!(
        problem.message.contains("too many variables refer to each other"),
        "{}",
        problem.message
    );
}

#[test]
fn a_templar_is_shared_between_threads() {
    let templar = Templar::new(TemplarSettings::default());
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for _ in 0..50 {
                    let rendered = templar
                        .node(&text("{{ url }} {{ hosts | join(',') }}"), &scope())
                        .unwrap();
                    assert_eq!(
                        rendered.value.ok().unwrap().value,
                        Value::Str("https://lb1:6443 lb1,lb2".into())
                    );
                }
            });
        }
    });
}

#[test]
fn unknown_makes_the_result_unknown_unless_it_is_not_used() {
    for template in [
        "{{ version }}",
        "v{{ version }}",
        "{{ version == '2' }}",
        "{{ version.a.b }}",
        "{{ [version] }}",
        "{{ version + 1 }}",
    ] {
        let known = render(template).expect(template).value;
        assert_eq!(known.why(), Some("installing haproxy"), "{template}");
    }
    assert_eq!(render("{{ result }}").unwrap().value.why(), Some("running it"));
    assert_eq!(value("{{ result.rc }}"), Value::Int(0));
    assert_eq!(condition("version is defined").unwrap(), Known::Is(true));
    assert_eq!(condition("yes or version == 1").unwrap(), Known::Is(true));
    assert_eq!(
        condition("result.rc == 0 and result.stdout == ''").unwrap().why(),
        Some("running it")
    );
    assert_eq!(
        condition("result.rc == 1 and result.stdout == ''").unwrap(),
        Known::Is(false)
    );
    assert_eq!(
        render("{{ version | default('x') }}").unwrap().value.why(),
        Some("installing haproxy")
    );
}

#[test]
fn a_condition_that_surely_fails_decides() {
    let templar = Templar::new(TemplarSettings::default());
    let both = |a: &str, b: &str| {
        templar
            .condition(&list(&[text(a), text(b)]), &scope())
            .unwrap()
            .value
    };
    assert_eq!(both("version == 1", "port == 1"), Known::Is(false));
    assert_eq!(both("port == 1", "version == 1"), Known::Is(false));
    assert_eq!(
        both("port == 6443", "version == 1").why(),
        Some("installing haproxy")
    );
}

/// The place of a problem in a YAML text: its line, its column, and what stands there.
fn place_in_yaml(yaml: &str) -> (usize, usize, String) {
    let source = Source::new("play.yml", yaml);
    let node = evenkeel_yaml::load_one(&source).expect(yaml).0;
    let problem = Templar::new(TemplarSettings::default())
        .node(&node, &scope())
        .expect_err(yaml);
    let (place, _) = problem.at.expect("a place");
    let (line, column) = place.line_column();
    (line, column, place.text().to_owned())
}

#[test]
fn places_are_found_in_every_style_of_scalar() {
    let at = |line, column| (line, column, "lb_vpi".to_owned());
    assert_eq!(place_in_yaml("a: x\nb: 1 {{ lb_vpi }}\n"), at(2, 9));
    assert_eq!(place_in_yaml("a: '{{ lb_vpi }} it''s'\n"), at(1, 8));
    assert_eq!(place_in_yaml("a: \"\\t {{ lb_vpi }}\"\n"), at(1, 11));
    assert_eq!(
        place_in_yaml("a: |\n  one\n  {{ name }} {{ lb_vpi }}\n  two\n"),
        at(3, 17)
    );
    assert_eq!(place_in_yaml("a: >\n  one\n  {{ lb_vpi }}\n"), at(3, 6));
    assert_eq!(place_in_yaml("a: [x, '{{ lb_vpi + 1 }}']\n"), at(1, 12));
    let (line, column, text) = place_in_yaml("a: |\n  one\n  {{ name | uper }}\n");
    assert_eq!((line, column, text.as_str()), (3, 13, "uper"));
    assert_eq!(place_in_yaml("a: |\n  one\n  {{ 1 + }}\n").0, 3);
}

#[test]
fn what_lookups_and_filters_give_is_data() {
    let files: Arc<dyn Files> = Arc::new(Memory::default().with("/play/files/f", "{{ name }}"));
    let environment = std::collections::BTreeMap::from([("E".to_owned(), "{{ name }}".to_owned())]);
    let templar = Templar::new(TemplarSettings {
        files,
        environment,
        ..TemplarSettings::default()
    });
    let mut vars = vars();
    vars.0
        .push(("playbook_dir".into(), Var::template(Arc::new(text("/play")))));
    vars.0.push((
        "kept".into(),
        Var::template(Arc::new(text("{{ lookup('file', 'f') }}"))),
    ));
    let scope: Arc<dyn Scope> = Arc::new(vars);
    let sources = [
        "{{ lookup('file', 'f') }}",
        "{{ lookup('env', 'E') }}",
        "{{ kept }}",
        "{{ '[\"{{ name }}\"]' | from_json | first }}",
        "{{ 'a: \"{{ name }}\"' | from_yaml | items | first | last }}",
        "{{ 'e3sgbmFtZSB9fQ==' | b64decode }}",
    ];
    for template in sources {
        let rendered = templar.node(&text(template), &scope).unwrap().value.ok().unwrap();
        assert_eq!(rendered.value, Value::Str("{{ name }}".into()), "{template}");
    }
}

#[test]
fn containers_of_others_know_their_missing_keys() {
    let mut own = Vars::default();
    let groups = minijinja::Value::from_pairs([("lb", minijinja::Value::from(vec!["lb1", "lb2"]))]);
    own.0.push(("groups".into(), Var::data(groups)));
    let scope: Arc<dyn Scope> = Arc::new(own);
    let templar = Templar::new(TemplarSettings::default());
    let value = |template: &str| {
        templar
            .node(&text(template), &scope)
            .unwrap()
            .value
            .ok()
            .unwrap()
            .value
    };
    assert_eq!(
        value("{{ groups['lb'] | join(',') }} {{ groups.lb[1] }}"),
        Value::Str("lb1,lb2 lb2".into())
    );
    assert_eq!(
        value("{{ groups['etcd'] | default([]) | length }}"),
        Value::Int(0)
    );
    assert_eq!(
        value("{{ groups['etcd'][0].x | default('none') }}"),
        Value::Str("none".into())
    );
    assert_eq!(
        value("{{ 'etcd' in groups or 'lb3' in groups.lb }}"),
        Value::Bool(false)
    );
    assert_eq!(
        value("{% for g in groups %}{{ g }}{% endfor %}{{ groups == {'lb': ['lb1', 'lb2']} }}"),
        Value::Str("lbTrue".into())
    );
    assert_eq!(
        value("{{ groups }}x"),
        Value::Str("{'lb': ['lb1', 'lb2']}x".into())
    );
    let problem = templar.node(&text("{{ groups.lbs }}"), &scope).unwrap_err();
    assert_eq!(problem.help, ["did you mean `lb`?"]);
}

#[test]
fn data_is_never_rendered() {
    assert_eq!(string("{{ evil }}"), "{{ lookup('env', 'HOME') }}");
    let mut node = text("{{ name }}");
    node.tag = Some("!unsafe".into());
    let rendered = Templar::new(TemplarSettings::default())
        .node(&node, &scope())
        .unwrap();
    assert_eq!(
        rendered.value.ok().unwrap().value,
        Value::Str("{{ name }}".into())
    );
}

#[test]
fn secrets_taint_what_they_go_into() {
    assert!(render("{{ login }}").unwrap().secret);
    assert!(render("{{ [password] }}").unwrap().secret);
    assert!(!render("{{ url }}").unwrap().secret);
}

#[test]
fn omit_drops_keys_and_items() {
    let node = map(&[
        ("owner", text("{{ nope | default(omit) }}")),
        ("mode", text("0644")),
        ("l", list(&[text("{{ omit }}"), text("x")])),
    ]);
    let rendered = Templar::new(TemplarSettings::default())
        .node(&node, &scope())
        .unwrap();
    let Known::Is(Node {
        value: Value::Map(map),
        ..
    }) = rendered.value
    else {
        panic!()
    };
    assert_eq!(map.len(), 2);
    assert_eq!(map.get("l").unwrap().as_seq().unwrap().len(), 1);
}

#[test]
fn an_encrypted_text_is_never_taken_for_its_value() {
    let yaml = "pw: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\ndeep: [{pw: !vault \"$ANSIBLE_VAULT;1.1;AES256\\n3132\"}]\n";
    let source = Source::new("vars.yml", yaml);
    let node = evenkeel_yaml::load_one(&source).expect("YAML").0;
    let scope: Arc<dyn Scope> = Arc::new(Vars(
        node.as_map()
            .expect("a mapping")
            .entries
            .iter()
            .map(|(key, value)| {
                (
                    Arc::from(key.as_str().expect("a name")),
                    Var::template(Arc::new(value.clone())),
                )
            })
            .collect(),
    ));
    let templar = Templar::new(TemplarSettings::default());
    for used in [
        "{{ pw }}",
        "a{{ pw }}",
        "{{ deep[0].pw }}",
        "{{ deep }}",
        "{{ deep | to_json }}",
    ] {
        let problem = templar.node(&text(used), &scope).expect_err(used);
        assert_eq!(problem.code, "template::vault", "{used}: {problem}");
        let place = &problem.at.as_ref().expect("a place").0;
        assert_eq!(&*place.source.name, "vars.yml", "{used}");
    }
    let direct = templar.node(&node, &scope).expect_err("the text itself");
    assert_eq!(direct.code, "template::vault");
    assert!(templar.node(&text("{{ pw is defined }}"), &scope).is_err());
}

#[test]
fn a_condition_holds_no_template_in_a_string() {
    let help = |text| condition(text).unwrap_err().help.join(" ");
    assert_eq!(
        help("'{{ name }}' == 'lb1'"),
        "write the name without quotes and braces: name"
    );
    assert_eq!(
        help("name == 'a-{{ port }}-{{ port }}'"),
        "join texts with `~`: 'a-' ~ name"
    );
    assert_eq!(
        condition("'{{' in name or port == 6443").unwrap(),
        Known::Is(true)
    );
}

#[test]
fn an_if_without_else_is_no_text_and_no_value() {
    assert_eq!(string("a{{ 'x' if port == 1 }}b"), "ab");
    assert_eq!(string("{{ 'a' ~ ('x' if port == 1) ~ 'b' }}"), "ab");
    assert_eq!(string("{% set x = 'x' if port == 1 %}{{ x }}b"), "b");
    assert_eq!(string("{{ ('x' if port == 1) | default('d') }}"), "d");
    assert_eq!(
        string("{% for h in hosts if h == 'lb2' %}{{ h }}{{ ',' if not loop.last }}{% endfor %}b"),
        "lb2b"
    );
    let shown = message("{{ 'x' if port == 1 }}");
    assert!(shown.contains("has no `else`"), "{shown}");
}

#[test]
fn conditions_must_be_boolean() {
    assert_eq!(
        condition("port == 6443 and name != 'x'").unwrap(),
        Known::Is(true)
    );
    assert_eq!(condition("{{ yes }}").unwrap(), Known::Is(true));
    assert_eq!(condition("{{ test }}").unwrap(), Known::Is(true));
    for data in ["{{ truth }}", "{{ hidden }}"] {
        let problem = condition(data).unwrap_err();
        assert!(
            problem.message.starts_with("the condition is a string"),
            "{data}: {}",
            problem.message
        );
    }
    let problem = condition("name").unwrap_err();
    assert_eq!(
        problem.message,
        "the condition is a string (true), conditions must be boolean"
    );
    assert!(condition("").is_err());
}

#[derive(Debug)]
struct Hosts;

impl HostScopes for Hosts {
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        (host == "lb1").then(scope)
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        vec!["lb1".into()]
    }
}

#[test]
fn hostvars_render_in_the_scope_of_their_host() {
    let mut own = Vars::default();
    own.0
        .push(("hostvars".into(), Var::data(hostvars(Arc::new(Hosts)))));
    let scope: Arc<dyn Scope> = Arc::new(own);
    let templar = Templar::new(TemplarSettings::default());
    let render = |template: &str| templar.node(&text(template), &scope);
    let value = |template: &str| render(template).unwrap().value.ok().unwrap().value;
    assert_eq!(
        value("{{ hostvars['lb1'].url }}"),
        Value::Str("https://lb1:6443".into())
    );
    assert_eq!(
        value("{{ hostvars['lb1']['nope']['x'] | default('d') }}"),
        Value::Str("d".into())
    );
    assert_eq!(value("{{ 'lb2' in hostvars }}"), Value::Bool(false));
    assert!(
        render("{{ hostvars['lb2'].url }}")
            .unwrap_err()
            .message
            .contains("`hostvars.lb2` is undefined")
    );
    assert!(render("{{ hostvars['lb1'].password }}").unwrap().secret);
}

#[test]
fn template_files_include_others_and_keep_their_newline() {
    let files: Arc<dyn Files> =
        Arc::new(Memory::default().with("roles/lb/templates/part.j2", "part of {{ name }}\n"));
    let templar = Templar::new(TemplarSettings {
        files,
        ..TemplarSettings::default()
    });
    let file = |text: &str| {
        let source = Source::new("roles/lb/templates/main.j2", text);
        templar.file(&source, &TemplateOptions::default(), &scope())
    };
    let value = |text: &str| file(text).unwrap().value.ok().unwrap();
    assert_eq!(
        value("{% if yes %}\nbind {{ name }}\n{% endif %}\n"),
        "bind lb1\n"
    );
    assert_eq!(value("<{% include 'part.j2' %}>\n"), "<part of lb1>\n");
    assert_eq!(
        value("#jinja2: lstrip_blocks: True\n  {% if yes %}\nx\n  {% endif %}\n"),
        "x\n"
    );
    assert_eq!(
        value("#jinja2: variable_start_string: '[%', variable_end_string: '%]'\n[% name %]{{ x }}\n"),
        "lb1{{ x }}\n"
    );
    assert_eq!(value("a{% raw %}\n{{ x }}{% endraw %}\nb"), "a\n{{ x }}b");
    let problem = file("a\nb {{ lb_vpi }}\n").unwrap_err();
    assert_eq!(
        problem.to_string(),
        "roles/lb/templates/main.j2:2:6: `lb_vpi` is undefined"
    );
    let problem = file("{% include 'nope.j2' %}").unwrap_err();
    assert!(problem.message.contains("nope.j2"), "{}", problem.message);
}

#[test]
fn endless_templates_are_stopped() {
    let text = "{% for a in range(100000) %}{% for b in range(100000) %}{{ b }}{% endfor %}{% endfor %}";
    assert!(message(text).contains("does not come to an end"));
}

#[test]
fn references_are_found() {
    let templar = Templar::new(TemplarSettings::default());
    let node = map(&[("a", text("{{ x.y + z[w] | default(v) }}")), ("b", text("plain"))]);
    assert_eq!(templar.references(&node), ["v", "w", "x", "z"]);
    assert_eq!(
        templar.expression_references(&text("a is defined and range(3)")),
        ["a"]
    );
    let reach = templar.reach(vec!["url".into()], &scope());
    assert_eq!(reach.into_iter().collect::<Vec<_>>(), ["name", "port", "url"]);
}

//! Writes playbooks: the text that reads back as the same playbook.

use std::sync::Arc;

use evenkeel_yaml::Content;
use evenkeel_yaml::Data;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;

use super::Block;
use super::Body;
use super::Card;
use super::Item;
use super::Keywords;
use super::Play;
use super::Playbook;
use super::Prompt;
use super::RoleUse;
use super::Vars;

impl Playbook {
    /// The playbook as YAML, for people and for Ansible. Roles are named, not written out; `about` stands in comments
    /// above plays, blocks and tasks.
    ///
    /// ```
    /// use evenkeel_playbook::play::Play;
    /// use evenkeel_playbook::play::Playbook;
    ///
    /// let plays = vec![std::sync::Arc::new(Play::new("Greet", "web"))];
    /// let playbook = Playbook { plays, ..Playbook::default() };
    /// assert_eq!(playbook.to_yaml(), "---\n- name: Greet\n  hosts: web\n");
    /// ```
    pub fn to_yaml(&self) -> String {
        let mut plays = spaced(self.plays.iter().map(|play| of_play(play)));
        if let (Some(_), Content::List(plays)) = (&self.about, &mut plays.content) {
            plays.iter_mut().for_each(|play| play.spaced = true);
        }
        evenkeel_yaml::write_block(about(plays, self.about.as_ref()))
    }
}

/// A list with an empty line between its items.
fn spaced(items: impl Iterator<Item = Data>) -> Data {
    Data::list(items.enumerate().map(|(at, item)| Data {
        spaced: at > 0,
        ..item
    }))
}

fn about(data: Data, comment: Option<&Arc<str>>) -> Data {
    match comment {
        Some(comment) => data.commented(&**comment),
        None => data,
    }
}

/// A mapping that grows by what is there.
struct Entries(Data);

impl Entries {
    fn new() -> Entries {
        Entries(Data::mapping())
    }

    fn put(&mut self, key: &str, value: impl Into<Data>) {
        self.0 = std::mem::replace(&mut self.0, Data::mapping()).with(key, value);
    }

    fn text(&mut self, key: &str, value: Option<&Arc<str>>) {
        if let Some(value) = value {
            self.put(key, &**value);
        }
    }

    fn node(&mut self, key: &str, value: Option<&Arc<Node>>) {
        if let Some(value) = value {
            self.put(key, &**value);
        }
    }

    /// One value as itself, several as a list.
    fn nodes(&mut self, key: &str, values: &[Arc<Node>]) {
        match values {
            [] => {}
            [one] if one.as_seq().is_none() => self.put(key, &**one),
            all => self.put(key, Data::list(all.iter().map(|node| &**node))),
        }
    }

    fn words(&mut self, key: &str, values: &[Arc<str>]) {
        if !values.is_empty() {
            self.put(key, Data::list(values.iter().map(|word| &**word)));
        }
    }

    fn items(&mut self, key: &str, items: &[Item]) {
        if !items.is_empty() {
            self.put(key, spaced(items.iter().map(of_item)));
        }
    }

    fn vars(&mut self, key: &str, vars: &Vars) {
        if !vars.is_empty() {
            let data = vars
                .iter()
                .fold(Data::mapping(), |data, (name, value)| data.with(name, &**value));
            self.put(key, data);
        }
    }

    fn keywords(&mut self, keywords: &Keywords) {
        let Keywords {
            tags,
            when,
            vars,
            notify,
            become_,
            become_user,
            become_method,
            become_flags,
            become_exe,
            ignore_errors,
            run_once,
            delegate_to,
            any_errors_fatal,
            check_mode,
            no_log,
            environment,
            module_defaults,
            timeout,
            diff,
            throttle,
            ignore_unreachable,
            delegate_facts,
            connection,
            port,
            remote_user,
            collections,
        } = keywords;
        vars.iter().for_each(|vars| self.vars("vars", vars));
        self.nodes("when", when);
        self.node("connection", connection.as_ref());
        self.node("remote_user", remote_user.as_ref());
        self.node("port", port.as_ref());
        self.node("become", become_.as_ref());
        self.node("become_user", become_user.as_ref());
        self.node("become_method", become_method.as_ref());
        self.node("become_flags", become_flags.as_ref());
        self.node("become_exe", become_exe.as_ref());
        self.node("delegate_to", delegate_to.as_ref());
        self.node("run_once", run_once.as_ref());
        self.node("any_errors_fatal", any_errors_fatal.as_ref());
        self.node("ignore_errors", ignore_errors.as_ref());
        self.node("check_mode", check_mode.as_ref());
        self.node("no_log", no_log.as_ref());
        self.nodes("environment", environment);
        self.nodes("module_defaults", module_defaults);
        self.node("timeout", timeout.as_ref());
        self.node("diff", diff.as_ref());
        self.node("throttle", throttle.as_ref());
        self.node("ignore_unreachable", ignore_unreachable.as_ref());
        self.node("delegate_facts", delegate_facts.as_ref());
        self.words("collections", collections);
        self.nodes("notify", notify);
        self.words("tags", tags);
    }
}

fn of_play(play: &Play) -> Data {
    let mut entries = Entries::new();
    entries.text("name", play.name.as_ref());
    entries.put("hosts", &*play.hosts);
    if let Some(gather) = play.gather_facts {
        entries.put("gather_facts", gather);
    }
    entries.node("gather_subset", play.gathering.subset.as_ref());
    entries.node("gather_timeout", play.gathering.timeout.as_ref());
    entries.node("fact_path", play.gathering.path.as_ref());
    entries.node("strategy", play.strategy.as_ref());
    entries.node("order", play.order.as_ref());
    entries.node("serial", play.serial.as_ref());
    entries.node("max_fail_percentage", play.max_fail_percentage.as_ref());
    if play.force_handlers {
        entries.put("force_handlers", true);
    }
    entries.keywords(&play.keywords);
    if !play.prompts.is_empty() {
        entries.put("vars_prompt", Data::list(play.prompts.iter().map(of_prompt)));
    }
    entries.nodes("vars_files", &play.vars_files);
    entries.items("pre_tasks", &play.pre_tasks);
    if !play.roles.is_empty() {
        entries.put("roles", Data::list(play.roles.iter().map(|role| of_role(role))));
    }
    entries.items("tasks", &play.tasks);
    entries.items("post_tasks", &play.post_tasks);
    entries.items("handlers", &play.handlers);
    about(entries.0, play.about.as_ref())
}

fn of_prompt(prompt: &Prompt) -> Data {
    let mut entries = Entries::new();
    entries.put("name", &*prompt.name);
    entries.node("prompt", prompt.prompt.as_ref());
    entries.node("default", prompt.default.as_ref());
    entries.node("private", prompt.private.as_ref());
    entries.node("confirm", prompt.confirm.as_ref());
    entries.node("encrypt", prompt.encrypt.as_ref());
    entries.node("salt_size", prompt.salt_size.as_ref());
    entries.node("salt", prompt.salt.as_ref());
    entries.node("unsafe", prompt.data.as_ref());
    entries.0
}

fn of_role(role: &RoleUse) -> Data {
    let mut entries = Entries::new();
    entries.put("role", &*role.role.name);
    role.parameters
        .iter()
        .for_each(|(name, value)| entries.put(name, &**value));
    entries.keywords(&role.keywords);
    entries.0
}

fn of_item(item: &Item) -> Data {
    match item {
        Item::Card(card) => of_card(card),
        Item::Block(block) => of_block(block),
        Item::Role(role) => of_import(role),
    }
}

fn of_import(role: &RoleUse) -> Data {
    let mut entries = Entries::new();
    let named = Data::mapping().with("name", &*role.role.name);
    entries.put("ansible.builtin.import_role", named);
    entries.keywords(&role.keywords);
    entries.0
}

fn of_block(block: &Block) -> Data {
    let mut entries = Entries::new();
    entries.text("name", block.name.as_ref());
    entries.keywords(&block.keywords);
    entries.put("block", spaced(block.block.iter().map(of_item)));
    entries.items("rescue", &block.rescue);
    entries.items("always", &block.always);
    about(entries.0, block.about.as_ref())
}

fn of_card(card: &Card) -> Data {
    let mut entries = Entries::new();
    entries.text("name", card.name.as_ref());
    let named = card.body.template().map(|_| "action".to_owned());
    let foreign = card.body.unsupported().map(|_| card.body.written.to_string());
    let name = named.or(foreign).unwrap_or_else(|| card.body.module.full_name());
    entries.put(&name, of_body(&card.body));
    entries.node("args", card.body.more.first());
    if let Some(each) = &card.loop_ {
        let with = each.with.as_ref().map(|lookup| format!("with_{lookup}"));
        entries.put(with.as_deref().unwrap_or("loop"), &*each.items);
    }
    let control = &card.loop_control;
    if *control != super::LoopControl::default() {
        let mut inner = Entries::new();
        inner.node("loop_var", control.loop_var.as_ref());
        inner.node("index_var", control.index_var.as_ref());
        inner.node("label", control.label.as_ref());
        inner.node("pause", control.pause.as_ref());
        inner.node("extended", control.extended.as_ref());
        inner.node("extended_allitems", control.extended_allitems.as_ref());
        inner.nodes("break_when", &control.break_when);
        entries.put("loop_control", inner.0);
    }
    entries.text("register", card.register.as_ref());
    entries.node("async", card.awaiting.seconds.as_ref());
    entries.node("poll", card.awaiting.poll.as_ref());
    entries.nodes("until", &card.retry.until);
    entries.node("retries", card.retry.retries.as_ref());
    entries.node("delay", card.retry.delay.as_ref());
    entries.nodes("changed_when", &card.changed_when);
    entries.nodes("failed_when", &card.failed_when);
    entries.keywords(&card.keywords);
    entries.words("listen", &card.listen);
    about(entries.0, card.about.as_ref())
}

/// The arguments; a lone free form stands as a text, as people write it.
fn of_body(body: &Body) -> Data {
    let Map { entries } = &*body.raw;
    match entries.as_slice() {
        [(key, value)] if key.as_str().is_some() && key.as_str() == body.module.free_form => {
            Data::from(value)
        }
        all => all
            .iter()
            .fold(Data::mapping(), |data, (key, value)| match key.as_str() {
                Some(name) => data.with(name, value),
                None => data,
            }),
    }
}

//! `vars_prompt`: asks, before anything is connected, and once for forecast and run.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Var;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Prompt;
use evenkeel_playbook::play::Vars;
use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

use crate::Reply;
use crate::Run;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;

/// What is said when the question must be answered twice, and the answers differ.
const DIFFERENT: &str = "***** VALUES ENTERED DO NOT MATCH ****\n";

impl Run {
    /// Asks for the variables of all plays that were not asked for yet; those of `-e` are not asked for.
    ///
    /// # Errors
    /// A template in `vars_prompt` that cannot be rendered, a hash that cannot be made, an interruption.
    pub(crate) fn prompt(&mut self) -> Result<(), Problem> {
        let playbook = Arc::clone(&self.playbook);
        for (number, play) in playbook.plays.iter().enumerate() {
            if play.prompts.is_empty() || self.answers.contains_key(&number) {
                continue;
            }
            let mut answers = Vars::new();
            for prompt in &play.prompts {
                if self.world.extra.get(&prompt.name).is_none() {
                    let answer = self.answer(play, prompt, &answers)?;
                    answers.insert(Arc::clone(&prompt.name), Arc::new(answer));
                }
            }
            self.answers.insert(number, Arc::new(answers));
        }
        Ok(())
    }

    /// What was answered for a play.
    pub(crate) fn answers(&self, number: usize) -> Option<Arc<Vars>> {
        self.answers.get(&number).cloned()
    }

    /// Answers that were typed unseen.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let values = self.answers.values().flat_map(|vars| vars.values());
        let secret = values.filter(|node| node.place.source.secret);
        secret
            .filter_map(|node| node.as_str().map(str::to_owned))
            .collect()
    }

    fn answer(&self, play: &Play, prompt: &Prompt, earlier: &Vars) -> Result<Node, Problem> {
        let mut tiers = vec![
            Tier::Values(self.world.magic()),
            Tier::Scope(Arc::clone(&self.world.extra)),
            Tier::Written(Arc::new(earlier.clone())),
        ];
        let vars = play.keywords.vars.iter().rev();
        tiers.extend(vars.cloned().map(Tier::Written));
        let scope: Arc<dyn Scope> = Arc::new(Tiers(tiers));
        let asked = Asked { run: self, scope };
        let private = asked.read::<bool>(prompt.private.as_ref())?.unwrap_or(true);
        let default = asked.read::<String>(prompt.default.as_ref())?;
        let typed = asked.typed(prompt, private, default.as_deref())?;
        let typed = typed.filter(|typed| !typed.is_empty() || default.is_none());
        let secret = private && typed.is_some();
        let value = match (typed.or(default), &prompt.encrypt) {
            (Some(value), None) => value,
            (Some(value), Some(_)) => asked.encrypted(prompt, value)?,
            (None, Some(_)) => {
                let message = format!(
                    "`{}` cannot be encrypted: nobody was there to give it",
                    prompt.name
                );
                let problem = Problem::error("playbook::prompt", message).at(&prompt.at, "without a default");
                return Err(problem.help(format!("give it with -e {}=...", prompt.name)));
            }
            // What Ansible makes of no answer and no default.
            (None, None) => "None".to_owned(),
        };
        let source = Source::marked("vars_prompt", value.as_str(), secret);
        let mut node = Node::new(Value::Str(value.clone()), Place::new(&source, 0, value.len()));
        if asked.read::<bool>(prompt.data.as_ref())?.unwrap_or(false) {
            node.tag = Some("!unsafe".into());
        }
        Ok(node)
    }
}

/// A question of a play.
struct Asked<'r> {
    run: &'r Run,
    scope: Arc<dyn Scope>,
}

impl Asked<'_> {
    fn read<T: Argument>(&self, node: Option<&Arc<Node>>) -> Result<Option<T>, Problem> {
        let Some(node) = node else { return Ok(None) };
        match self.run.world.templar.node(node, &self.scope)?.value {
            Known::Is(value) if value.is_null() => Ok(None),
            Known::Is(value) => T::read(&value).map(Some),
            Known::Unknown(why) => {
                let message = format!("a question cannot depend on what is known after apply ({why})");
                Err(Problem::error("playbook::prompt", message).at(&node.place, "asked before the play"))
            }
        }
    }

    /// What somebody typed; nothing where nobody is there.
    fn typed(
        &self,
        prompt: &Prompt,
        private: bool,
        default: Option<&str>,
    ) -> Result<Option<String>, Problem> {
        let Some(person) = &self.run.world.person else {
            return Ok(None);
        };
        let text = self.read::<String>(prompt.prompt.as_ref())?;
        let text = text.unwrap_or_else(|| prompt.name.to_string());
        let question = match default {
            _ if text.is_empty() => format!("input for {}: ", prompt.name),
            Some(default) => format!("{text} [{default}]: "),
            None => format!("{text}: "),
        };
        let line = |question: &str| match person.ask(question, !private) {
            Reply::Line(line) => Ok(Some(line)),
            Reply::Nobody => Ok(None),
            Reply::Interrupted => Err(Problem::error(
                "run::interrupted",
                format!("stopped while it asked for `{}`", prompt.name),
            )),
        };
        let confirm = self.read::<bool>(prompt.confirm.as_ref())?.unwrap_or(false);
        loop {
            let first = line(&question)?;
            if !confirm || first.is_none() || first == line(&format!("confirm {question}"))? {
                return Ok(first);
            }
            person.tell(DIFFERENT);
        }
    }

    /// The hash of a value.
    fn encrypted(&self, prompt: &Prompt, value: String) -> Result<String, Problem> {
        let text = |text: Option<String>| minijinja::Value::from(text.unwrap_or_default());
        let size = self.read::<i64>(prompt.salt_size.as_ref())?;
        let values = [
            ("value", minijinja::Value::from(value)),
            ("kind", text(self.read(prompt.encrypt.as_ref())?)),
            ("salt", text(self.read(prompt.salt.as_ref())?)),
            (
                "size",
                size.map_or(minijinja::Value::from(()), minijinja::Value::from),
            ),
        ];
        let values: Values = values
            .into_iter()
            .map(|(name, value)| (Arc::from(name), Var::data(value)))
            .collect();
        let scope: Arc<dyn Scope> = Arc::new(Tiers(vec![Tier::Values(Arc::new(values))]));
        let hash = "{{ value | password_hash(kind, salt, salt_size=size) }}";
        let node = Node::new(Value::Str(hash.to_owned()), prompt.at.clone());
        let rendered = self.run.world.templar.drawing(true).node(&node, &scope)?;
        match rendered.value {
            Known::Is(hash) => String::read(&hash),
            Known::Unknown(why) => Err(Problem::error("playbook::prompt", why.to_string())),
        }
    }
}

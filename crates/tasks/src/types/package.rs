//! `package`: packages, whatever manages them.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::apt::Apt;
use super::dnf::Dnf;
use crate::Argument;
use crate::Controller;
use crate::Error;
use crate::Field;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::package_manager::PackageManager;
use crate::facts::want;

/// Packages: the arguments are those of the task type that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// The manager: `auto`, or its name.
    pub manager: Option<Text>,
    /// All arguments but `use`, as they stand.
    pub arguments: Map,
    /// The task, where its arguments are ones of `apt`.
    apt: std::result::Result<Box<Apt>, String>,
    /// The task, where its arguments are ones of `dnf`.
    dnf: std::result::Result<Box<Dnf>, String>,
}

/// What was seen, by whoever manages packages here.
#[derive(Debug)]
pub enum Seen {
    /// apt does.
    Apt(<Apt as TaskType>::Seen),
    /// dnf does.
    Dnf(<Dnf as TaskType>::Seen),
    /// Which manager it is will be known later.
    Unknown(String),
}

/// The variable that says what `auto` means.
const VARIABLE: &str = "ansible_package_use";

/// The names of dnf.
const DNF: [&str; 3] = ["dnf", "dnf5", "yum"];

fn field(name: &'static str, kind: String, required: bool, doc: &str) -> Field {
    Field {
        name,
        aliases: &[],
        kind,
        required,
        default: None,
        doc: doc.to_owned(),
    }
}

impl Package {
    fn manager(&self) -> &str {
        self.manager.as_ref().map_or("auto", |manager| manager.text.as_str())
    }

    fn backend(&self, on: &View<'_>) -> Result<Known<String>> {
        match self.manager() {
            "auto" => Ok(match on.fact(PackageManager)? {
                Known::Is(Some(name)) => Known::Is(name),
                Known::Is(None) => {
                    return Err(Error::failed(
                        "Could not detect which package manager to use. Try gathering facts or setting the \"use\" option.",
                    ));
                }
                Known::Unknown(why) => Known::Unknown(why),
            }),
            name => Ok(Known::Is(name.rsplit('.').next().unwrap_or(name).to_owned())),
        }
    }

    fn apt(&self) -> Result<&Apt> {
        self.apt.as_deref().map_err(|why| Error::failed(why.clone()))
    }

    fn dnf(&self) -> Result<&Dnf> {
        self.dnf.as_deref().map_err(|why| Error::failed(why.clone()))
    }

    fn is_dnf(&self) -> bool {
        DNF.contains(&self.manager())
    }
}

/// Problems with the task's place where they have none of their own.
fn placed(problems: Vec<Problem>, at: &Place) -> Vec<Problem> {
    problems.into_iter().map(|problem| problem.or_at(at, "in this task")).collect()
}

/// The first problem as a message.
fn told(problems: &[Problem]) -> String {
    problems.first().map_or_else(String::new, |problem| problem.message.clone())
}

impl TaskType for Package {
    const NAME: &'static str = "package";
    const ABOUT: &'static str = "Installs, upgrades and removes packages with what manages them on the machine.";
    const EXAMPLE: &'static str = "- name: HAProxy\n  ansible.builtin.package:\n    name: haproxy\n    state: present\n";
    type Seen = Seen;

    fn fields() -> Vec<Field> {
        vec![
            field(
                "name",
                Vec::<String>::kind(),
                true,
                "Names of packages, as their manager has them.",
            ),
            field(
                "state",
                String::kind(),
                true,
                "`present`, `absent`, `latest`, and what else the manager's task type takes.",
            ),
            Field {
                default: Some("auto".to_owned()),
                ..field(
                    "use",
                    String::kind(),
                    false,
                    "The manager's task type: `auto` or its name; all other arguments are those of that task type.",
                )
            },
        ]
    }

    fn parse(arguments: &Map, at: &Place) -> std::result::Result<Package, Vec<Problem>> {
        let (mut manager, mut rest) = (None, Map::default());
        for (key, value) in &arguments.entries {
            match key.as_str() {
                Some("use") => {
                    manager = Option::<Text>::read(value).map_err(|problem| vec![problem])?;
                }
                _ => rest.entries.push((key.clone(), value.clone())),
            }
        }
        let apt = Apt::parse(&rest, at).and_then(|apt| apt.check().map(|()| apt));
        let dnf = Dnf::parse(&rest, at).and_then(|dnf| dnf.check().map(|()| dnf));
        let (apt, dnf) = (apt.map_err(|found| placed(found, at)), dnf.map_err(|found| placed(found, at)));
        let name = manager.as_ref().map_or("auto", |manager| manager.text.as_str());
        let wrong = match (name, &apt, &dnf) {
            ("auto", Err(problems), Err(_)) | ("apt", Err(problems), _) => Some(problems.clone()),
            (name, _, Err(problems)) if DNF.contains(&name) => Some(problems.clone()),
            _ => None,
        };
        match wrong {
            Some(problems) => Err(problems),
            None => Ok(Package {
                manager,
                arguments: rest,
                apt: apt.map(Box::new).map_err(|problems| told(&problems)),
                dnf: dnf.map(Box::new).map_err(|problems| told(&problems)),
            }),
        }
    }

    fn to_map(&self) -> Map {
        let mut map = self.arguments.clone();
        if let Some(manager) = &self.manager {
            let nowhere = Place::nowhere("");
            let key = Node::new(Value::Str("use".to_owned()), nowhere.clone());
            map.entries.push((key, Node::new(manager.write(), nowhere)));
        }
        map
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        if self.manager() == "auto" {
            let place = Place::nowhere("");
            let expression = Node::new(Value::Str(format!("{VARIABLE} | default('')")), place.clone());
            let said = controller.expression(&expression).ok().map(|said| said.value);
            if let Some(Known::Is(serde_json::Value::String(name))) = said
                && !name.is_empty()
            {
                self.manager = Some(Text { text: name, place });
            }
        }
        match &mut self.apt {
            Ok(apt) => TaskType::prepare(apt.as_mut(), controller),
            Err(_) => Ok(()),
        }
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = Vec::new();
        if self.manager() == "auto" {
            wants.push(want(PackageManager));
        }
        if matches!(self.manager(), "auto" | "apt") {
            wants.extend(self.apt.iter().flat_map(|apt| TaskType::wants(apt.as_ref())));
        }
        if self.is_dnf() {
            wants.extend(self.dnf.iter().flat_map(|dnf| TaskType::wants(dnf.as_ref())));
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        match self.backend(on)? {
            Known::Is(name) if name == "apt" => Ok(Seen::Apt(self.apt()?.observe(on)?)),
            Known::Is(name) if DNF.contains(&name.as_str()) => Ok(Seen::Dnf(self.dnf()?.observe(on)?)),
            Known::Is(name) => Err(Error::failed(format!(
                "Could not find a matching action for the \"{name}\" package manager."
            ))
            .help("supported are apt and dnf")),
            Known::Unknown(why) => Ok(Seen::Unknown(why.to_string())),
        }
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        match seen {
            Seen::Apt(seen) => TaskType::plan(self.apt()?, seen),
            Seen::Dnf(seen) => TaskType::plan(self.dnf()?, seen),
            Seen::Unknown(why) => Ok(Plan::unknown(Vec::new(), why)),
        }
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        match (seen, &self.apt) {
            (Seen::Apt(seen), Ok(apt)) => apt.then(seen, plan),
            _ => Vec::new(),
        }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        match (seen, &self.apt) {
            (Seen::Apt(seen), Ok(apt)) => apt.result(seen, plan, outputs),
            (Seen::Dnf(seen), _) => self.dnf.as_ref().map_or_else(|_| Returned::new(), |dnf| dnf.result(seen, plan, outputs)),
            _ => Returned::new(),
        }
    }
}

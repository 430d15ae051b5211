//! `with_NAME`: the items that a lookup gives for a loop.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_tasks::Rendered;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::find;
use crate::Scope;
use crate::template::Templar;
use crate::template::Text;
use crate::template::container::dict;
use crate::template::container::list;
use crate::template::context;
use crate::template::context::Context;
use crate::template::convert;
use crate::template::engine::Failure;
use crate::template::engine::Form;
use crate::template::frame::Poison;
use crate::template::marker::is_undefined;
use crate::template::marker::usable;
use crate::template::python;
use crate::template::python::Shape;

impl Templar {
    /// The items of a loop over a lookup: what `with_LOOKUP: NODE` means for a task of this action.
    ///
    /// A text is rendered, and what is no list becomes the only term, as in Ansible. `with_first_found` leaves out what
    /// is undefined and looks first in the folder that the action's files lie in.
    ///
    /// # Errors
    /// When a term cannot be rendered, or the lookup refuses it.
    pub fn looped(
        &self,
        lookup: &str,
        node: &Arc<Node>,
        action: &str,
        scope: &Arc<dyn Scope>,
    ) -> Result<Rendered<Vec<Value>>, Problem> {
        let context = Context::new(self, scope);
        let rendered = self.rooted(&context, |why| {
            let found = items(&context, lookup, node, action);
            let finished =
                found.and_then(|items| items.iter().map(convert::finished).collect::<Result<Vec<_>, _>>());
            match finished.map_err(Failure::from) {
                Ok(items) => Ok(items),
                Err(Failure {
                    poison: Some(Poison::Unknown(reason)),
                    ..
                }) => {
                    why.get_or_insert(reason);
                    Ok(Vec::new())
                }
                Err(failure) => {
                    let text = Text {
                        text: "",
                        place: &node.place,
                        form: Form::Playbook,
                    };
                    Err(self.engine.problem(&text, failure))
                }
            }
        })?;
        Ok(Rendered {
            value: match rendered.value {
                Known::Is(items) => Known::Is(items),
                Known::Unknown(why) => Known::Unknown(why),
            },
            secret: rendered.secret,
        })
    }
}

fn items(context: &Arc<Context>, lookup: &str, node: &Arc<Node>, action: &str) -> Result<Vec<Value>, Error> {
    let short = lookup
        .strip_prefix("ansible.builtin.")
        .or_else(|| lookup.strip_prefix("ansible.legacy."))
        .unwrap_or(lookup);
    let lenient = short == "first_found";
    let whole = python::valid(context::value(context, node, lookup))?;
    usable(&whole)?;
    let terms = match python::shape(&whole) {
        Shape::Seq(_) => python::items(&whole)?,
        _ => vec![whole],
    };
    let terms = if lenient {
        terms
            .iter()
            .filter_map(|term| defined(term).transpose())
            .collect::<Result<_, _>>()?
    } else {
        terms.iter().try_for_each(usable)?;
        terms
    };
    find(&Request {
        name: short,
        context: Arc::clone(context),
        terms,
        named: Vec::new(),
        action: Some(action.to_owned()),
    })
}

/// A term without its undefined parts.
fn defined(term: &Value) -> Result<Option<Value>, Error> {
    if is_undefined(term) {
        return Ok(None);
    }
    usable(term)?;
    Ok(Some(match python::shape(term) {
        Shape::Seq(_) => {
            let items = python::items(term)?;
            list(
                items
                    .iter()
                    .filter_map(|item| defined(item).transpose())
                    .collect::<Result<_, _>>()?,
            )
        }
        Shape::Map(_) => {
            let mut kept = Vec::new();
            for (key, item) in python::entries(term)? {
                kept.extend(defined(&item)?.map(|item| (key, item)));
            }
            dict(kept)
        }
        _ => term.clone(),
    }))
}

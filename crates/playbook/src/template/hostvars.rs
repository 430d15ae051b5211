//! `hostvars`: the variables of all hosts, each rendered in its own scope.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use super::context::Context;
use super::frame;
use super::marker::Undefined;
use crate::Scope;

/// The scopes of all hosts.
pub trait HostScopes: Send + Sync + fmt::Debug {
    /// The scope of a host; `None` for a name that the inventory does not have.
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>>;

    /// The names of all hosts, in the order of the inventory.
    fn hosts(&self) -> Vec<Arc<str>>;
}

/// The value of the variable `hostvars`.
pub fn hostvars(hosts: Arc<dyn HostScopes>) -> Value {
    Value::from_object(HostVars(hosts))
}

#[derive(Debug)]
struct HostVars(Arc<dyn HostScopes>);

impl Object for HostVars {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let missing = || {
            let holder = Some(Value::from_dyn_object(Arc::clone(self)));
            Undefined::key(Some("hostvars"), key, holder, format!("hostvars['{key}']"))
        };
        Some(
            key.as_str()
                .and_then(|name| self.host(name))
                .unwrap_or_else(missing),
        )
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.hosts().into_iter().map(Value::from).collect())
    }
}

impl HostVars {
    /// The variables of a host, the same for the whole render.
    fn host(self: &Arc<Self>, name: &str) -> Option<Value> {
        let key = (Arc::as_ptr(self) as usize, name.to_owned());
        if let Some(known) = frame::root(|frame| frame.hosts.get(&key).cloned()).flatten() {
            return Some(known);
        }
        let scope = self.0.scope(name)?;
        let value = match frame::context() {
            Some(context) => Value::from_dyn_object(Context::of_host(&context.templar, &scope)),
            None => return None,
        };
        frame::root(|frame| frame.hosts.insert(key, value.clone()));
        Some(value)
    }
}

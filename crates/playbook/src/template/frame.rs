//! What one render knows about itself, found by the thread it runs on.
//!
//! minijinja gives objects no access to the render that uses them: truth, text and iteration of an undefined or
//! unknown value are noted here, and asked for when the render ends. Renders nest (a variable whose template names
//! another), hence a stack.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use evenkeel_yaml::Problem;
use minijinja::Value;

use super::context::Context;
use super::marker::Undefined;

/// Why a render has no value.
#[derive(Clone, Debug)]
pub(crate) enum Poison {
    /// An undefined value was used.
    Undefined(Arc<Undefined>),
    /// A value was used that is known after apply.
    Unknown(Arc<str>),
    /// Something inside went wrong, with its own place.
    Problem(Box<Problem>),
}

/// What happens with the values that `{{ }}` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emit {
    /// They become text; a single one is remembered as it is.
    Text,
    /// The value is all that is wanted.
    Value,
}

/// One render.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The variables.
    pub(crate) context: Arc<Context>,
    /// Which text of that context is being rendered (the address of its node); 0 for none.
    pub(crate) node: usize,
    /// The variable that holds the text.
    pub(crate) path: Option<Arc<str>>,
    /// What happens with values.
    pub(crate) emit: Emit,
    /// How many values were emitted.
    pub(crate) emitted: usize,
    /// The last value, and how many bytes of text it made.
    pub(crate) last: Option<(Value, usize)>,
    /// The folder of the template file, for `include`.
    pub(crate) folder: Option<Arc<std::path::PathBuf>>,
    /// Why there will be no value.
    pub(crate) poison: Option<Poison>,
    /// Whether a secret was read.
    pub(crate) secret: bool,
    /// Whether the text calls methods that change a list or mapping in place.
    pub(crate) changes: bool,
    /// Contexts of other hosts, so that a loop over hosts renders each variable once.
    pub(crate) hosts: HashMap<(usize, String), Value>,
}

impl Frame {
    /// A render of a text in a context.
    pub(crate) fn new(context: &Arc<Context>, emit: Emit) -> Frame {
        Frame {
            context: Arc::clone(context),
            node: 0,
            path: None,
            emit,
            emitted: 0,
            last: None,
            folder: None,
            poison: None,
            secret: false,
            changes: false,
            hosts: HashMap::new(),
        }
    }
}

thread_local! {
    static FRAMES: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// Removes the frame even when a panic passes.
struct Guard(usize);

impl Drop for Guard {
    fn drop(&mut self) {
        FRAMES.with_borrow_mut(|frames| frames.truncate(self.0));
    }
}

/// Runs a render in its frame, and gives the frame back.
pub(crate) fn run<T>(frame: Frame, work: impl FnOnce() -> T) -> (T, Frame) {
    let depth = FRAMES.with_borrow_mut(|frames| {
        frames.push(frame);
        frames.len()
    });
    let guard = Guard(depth - 1);
    let result = work();
    let frame = FRAMES.with_borrow_mut(Vec::pop);
    drop(guard);
    #[expect(
        clippy::expect_used,
        reason = "every push has its pop, also when a panic passes"
    )]
    let frame = frame.expect("the frame that was pushed above");
    if frame.secret {
        secret();
    }
    (result, frame)
}

/// Works with the innermost render.
pub(crate) fn top<T>(work: impl FnOnce(&mut Frame) -> T) -> Option<T> {
    FRAMES.with_borrow_mut(|frames| frames.last_mut().map(work))
}

/// Works with the outermost render.
pub(crate) fn root<T>(work: impl FnOnce(&mut Frame) -> T) -> Option<T> {
    FRAMES.with_borrow_mut(|frames| frames.first_mut().map(work))
}

/// Notes why there will be no value; the first reason counts.
pub(crate) fn poison(why: Poison) {
    top(|frame| {
        frame.poison.get_or_insert(why);
    });
}

/// Notes that a secret was read.
pub(crate) fn secret() {
    top(|frame| frame.secret = true);
}

/// The variables of the innermost render.
pub(crate) fn context() -> Option<Arc<Context>> {
    top(|frame| Arc::clone(&frame.context))
}

/// The paths of the variables that lead from a text back to itself, if it is being rendered already.
pub(crate) fn cycle(node: usize, context: &Arc<Context>) -> Option<Vec<Arc<str>>> {
    FRAMES.with_borrow(|frames| {
        let same = |frame: &Frame| frame.node == node && Arc::ptr_eq(&frame.context, context);
        let first = frames.iter().position(same)?;
        Some(
            frames[first..]
                .iter()
                .filter_map(|frame| frame.path.clone())
                .collect(),
        )
    })
}

/// How many renders are nested.
pub(crate) fn depth() -> usize {
    FRAMES.with_borrow(Vec::len)
}

//! What is to hold of a file afterwards, said without knowing its format or its layout.

use std::fmt;
use std::rc::Rc;

use super::value::Value;

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A member's path from the root.
pub type Keys = Vec<String>;

pub fn keys(path: &[&str]) -> Keys {
    path.iter().map(|&key| key.to_owned()).collect()
}

pub fn steps(keys: &[String]) -> Vec<Step> {
    keys.iter().cloned().map(Step::Key).collect()
}

/// Tells whether a value is ours.
#[derive(Clone)]
pub struct Pick(Rc<dyn Fn(&Value) -> bool>);

impl Pick {
    pub fn new(ours: impl Fn(&Value) -> bool + 'static) -> Self {
        Self(Rc::new(ours))
    }

    pub(super) fn is(&self, value: &Value) -> bool {
        (self.0)(value)
    }
}

impl fmt::Debug for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pick")
    }
}

/// How a member is known to be ours.
#[derive(Debug, Clone)]
pub enum Claim {
    /// By itself: it carries our command path, say. Never restored when it is replaced by a newer one of ours.
    Known(Pick),
    /// Only by our memory: anybody could have set `"1"`. What the user had is restored; what the user changed since stays.
    Noted,
}

#[derive(Debug, Clone)]
pub enum Op {
    /// The member is `value`; tables on the way are made. In a table of ours, members the user added stay.
    Set { at: Keys, value: Value, claim: Claim },
    /// The member is as it was before us, and so are the tables that only we made.
    Unset { at: Keys, claim: Claim },
    /// The array holds exactly one element of ours, `value`: replaced in its place, or appended.
    Element { at: Keys, list: List, value: Value },
    /// The array holds no element of ours.
    NoElement { at: Keys, list: List },
}

/// Which part of an array's elements is ours.
#[derive(Debug, Clone)]
pub enum List {
    /// The whole element.
    Whole(Pick),
    /// Elements of the array under this key of each element: a hook group may hold handlers of the user's too.
    Parts { key: String, ours: Pick },
}

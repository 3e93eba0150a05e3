//! A view, with what several rules conclude from it, which is worked out once.

use std::cell::OnceCell;
use std::ops::Deref;

use super::course::Course;
use super::moments::is_to_come;
use super::unseen::{Unseen, unseen};
use crate::perceive::view::View;

#[derive(Debug)]
pub struct Sight<'a> {
    view: &'a View,
    /// Of calls that are still to come nobody knows the order.
    pub foretold: bool,
    unseen: OnceCell<Vec<Unseen<'a>>>,
    course: OnceCell<Option<Course<'a>>>,
}

impl<'a> Sight<'a> {
    /// `told`: the view before what is impossible was taken out of it.
    pub fn of(told: &View, view: &'a View) -> Self {
        let foretold = told.calls.iter().any(|call| is_to_come(call.at, told));
        Self { view, foretold, unseen: OnceCell::new(), course: OnceCell::new() }
    }

    pub(super) fn unseen(&self) -> &[Unseen<'a>] {
        self.unseen.get_or_init(|| unseen(self.view))
    }

    /// `None`: nothing is red.
    pub(super) fn course(&self) -> Option<&Course<'a>> {
        self.course.get_or_init(|| Course::of(self.view)).as_ref()
    }
}

impl Deref for Sight<'_> {
    type Target = View;

    fn deref(&self) -> &View {
        self.view
    }
}

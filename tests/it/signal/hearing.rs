//! What a session is told, against what is expected of the story.

use super::form::Answer;
use super::record::At;
use super::session::Session;

impl Session {
    /// In the last step.
    pub fn told(&self, at: At, kind: &str, about: &str) {
        self.world.record.borrow_mut().expect(&self.id, at, kind, None, about);
    }

    pub fn told_as(&self, at: At, kind: &str, severity: &str, about: &str) {
        self.world.record.borrow_mut().expect(&self.id, at, kind, Some(severity), about);
    }

    /// Notes of so many kinds, whichever they are.
    pub fn told_some(&self, at: At, notes: usize) {
        self.world.record.borrow_mut().expect_some(&self.id, at, notes);
    }

    pub fn answers(&self) -> Vec<Answer> {
        self.answers.borrow().clone()
    }

    /// Everything that was said in the last step.
    pub fn heard(&self) -> String {
        let answers = self.answers.borrow();
        let texts: Vec<&str> = answers.iter().filter_map(|answer| answer.text.as_deref()).collect();
        texts.join("\n")
    }

    pub fn hears(&self, words: &[&str]) {
        let heard = self.heard();
        for word in words.iter().filter(|word| !heard.contains(**word)) {
            self.world.record.borrow_mut().odd(format!("it does not hear {word:?} but {heard:?}"));
        }
    }

    pub fn hears_not(&self, words: &[&str]) {
        let heard = self.heard();
        for word in words.iter().filter(|word| heard.contains(**word)) {
            self.world.record.borrow_mut().odd(format!("it hears {word:?}: {heard:?}"));
        }
    }

    pub fn hears_nothing(&self) {
        let heard = self.heard();
        if !heard.is_empty() {
            self.world.record.borrow_mut().odd(format!("it hears {heard:?}"));
        }
    }

    /// Whether the last step was held, or the user is to be asked.
    pub fn is_held(&self) -> bool {
        self.answers.borrow().iter().any(|answer| answer.decision.is_some())
    }

    pub fn must_be_held(&self, held: bool) {
        if self.is_held() != held {
            let words = if held { "it is not held" } else { "it is held" };
            self.world.record.borrow_mut().odd(format!("{words}: {}", self.heard()));
        }
    }
}

//! Copilot CLI: spans by the conventions for generative AI. The spans around them repeat their sums.

use super::super::span::Span;
use super::said::Said;
use super::{Meaning, genai};
use crate::model::{Agent, Fact};

pub struct CopilotCli;

impl Meaning for CopilotCli {
    fn agent(&self) -> Agent {
        Agent::CopilotCli
    }

    fn span(&self, said: &Said<'_>, span: &Span, out: &mut Vec<Fact>) {
        // Without the conversation's name it would be nobody's.
        if said.session().is_some() {
            genai::span(said, span, out);
        }
    }
}

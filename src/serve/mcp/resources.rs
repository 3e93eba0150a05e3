//! What agents offer to mention with `@`: the project's context, and any session by its id.

use rmcp::ErrorData;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::{Value, json};

use super::tools;
use crate::answer::{AnyQuestion, Kind, Refusal, Told};

const JSON: &str = "application/json";
const CONTEXT: &str = "tma1://project/context";
const CONTEXT_QUESTION: &str = "get_context_bundle";
const SESSION: &str = "tma1://session/";
pub(super) const SESSION_TEMPLATE: &str = "tma1://session/{id}";
const SESSION_QUESTION: &str = "get_session_state";

pub(super) fn list(questions: &[AnyQuestion]) -> Vec<Resource> {
    let context = Resource::new(CONTEXT, "project-context")
        .with_title("Project context")
        .with_description("Where this project stands: last work, changes from outside, build, warnings, other agents")
        .with_mime_type(JSON);
    if offers(questions, CONTEXT_QUESTION) { vec![context] } else { Vec::new() }
}

pub(super) fn templates(questions: &[AnyQuestion]) -> Vec<ResourceTemplate> {
    let session = ResourceTemplate::new(SESSION_TEMPLATE, "session")
        .with_title("Session")
        .with_description(
            "A session of any agent on this machine, with its newest actions; the start of an id is enough",
        )
        .with_mime_type(JSON);
    if offers(questions, SESSION_QUESTION) { vec![session] } else { Vec::new() }
}

fn offers(questions: &[AnyQuestion], name: &str) -> bool {
    questions.iter().any(|question| question.name == name)
}

/// The question that `uri` stands for, and what to ask it with.
///
/// # Errors
/// There is no such resource.
pub(super) fn question<'a>(questions: &'a [AnyQuestion], uri: &str) -> Result<(&'a AnyQuestion, Value), ErrorData> {
    let wanted = if uri == CONTEXT {
        Some((CONTEXT_QUESTION, json!({})))
    } else {
        let id = uri.strip_prefix(SESSION).filter(|id| !id.contains('/')).and_then(decoded);
        id.map(|id| (SESSION_QUESTION, json!({ "session_id": id, "verbose": true })))
    };
    wanted
        .and_then(|(name, arguments)| Some((questions.iter().find(|question| question.name == name)?, arguments)))
        .ok_or_else(|| not_found(uri, format!("no resource \"{uri}\"; there are {CONTEXT} and {SESSION_TEMPLATE}")))
}

/// The id as it stood before the client escaped it for the URI; `None` where it is none.
fn decoded(escaped: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok().filter(|id| !id.trim().is_empty())
}

/// The answer as the resource's contents.
///
/// # Errors
/// There is no such session, or the question failed.
pub(super) fn contents(uri: String, told: Result<Told, Refusal>) -> Result<ReadResourceResult, ErrorData> {
    let json = match told {
        Ok(told) => told.json,
        Err(refusal) => match refusal.kind {
            Kind::NotReady => tools::note(&refusal),
            Kind::NotFound => return Err(not_found(&uri, refusal.to_string())),
            Kind::User => return Err(ErrorData::invalid_params(refusal.to_string(), None)),
            Kind::Internal => return Err(ErrorData::internal_error(refusal.to_string(), None)),
        },
    };
    Ok(ReadResourceResult::new(vec![ResourceContents::text(json.to_string(), uri).with_mime_type(JSON)]))
}

/// The SDK gives it the code of the era that the client speaks.
fn not_found(uri: &str, message: String) -> ErrorData {
    ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_clients_escape_them() {
        for (escaped, want) in [
            ("a1b2-c3", Some("a1b2-c3")),
            ("agent%3Amain%3a1", Some("agent:main:1")),
            ("%C3%BC", Some("ü")),
            ("%zz", None),
            ("%4", None),
            ("%ff", None),
            ("%20", None),
            ("", None),
        ] {
            assert_eq!(decoded(escaped).as_deref(), want, "{escaped}");
        }
    }
}

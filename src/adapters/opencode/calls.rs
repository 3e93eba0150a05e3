//! Tool calls: one part each, rewritten until the call has ended, with what it did to files, plans and sub-agents.

use xxhash_rust::xxh3::xxh3_64;

use super::outcome::{self, Outcome};
use super::parser::Context;
use super::tools::{self, Touch};
use super::wire::{Input, Metadata, Part, State, Time};
use crate::adapters::Parsed;
use crate::adapters::json;
use crate::model::{CallStatus, Fact, FileTouch, SubagentNote, ToolCall, ToolKind};

/// So many letters and digits in a row are nobody else's.
const UNIQUE: usize = 12;

pub(super) fn call(part: &Part<'_>, id: &str, context: &Context<'_>, out: &mut Parsed) {
    let state: State<'_> = json::object(part.state).unwrap_or_default();
    let input: Input<'_> = json::object(state.input).unwrap_or_default();
    let metadata: Metadata<'_> = json::object(state.metadata).unwrap_or_default();
    let time: Time<'_> = json::object(state.time).unwrap_or_default();
    let tool = json::string(part.tool).unwrap_or_else(|| "unknown".to_owned());
    let call_id = json::string(part.call_id).map_or_else(|| id.to_owned(), |told| call_id(&told, context));
    let kind = tools::kind(&tool);
    let mut call = ToolCall::new(context.owner.session.clone(), call_id);
    asked(&mut call, kind, &input, &state, context);
    call.tool = Some(tool.clone());
    call.started_at = json::time(time.start);
    let Outcome { status, exit_code, output, error } = outcome::of(kind, &state, &metadata);
    (call.status, call.exit_code, call.output, call.error) = (status, exit_code, output, error);
    call.output_file = json::string(metadata.output_path);
    if status.is_some() {
        call.ended_at = json::time(time.end);
        call.duration_ms = call.started_at.zip(call.ended_at).map(|(from, to)| (to - from).max(0));
    }
    beside(&call, &tool, &input, &metadata, context, out);
    out.facts.push(Fact::ToolCall(call));
}

/// Some models number their calls anew in each session.
fn call_id(told: &str, context: &Context<'_>) -> String {
    let last = told.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    if last.len() >= UNIQUE { told.to_owned() } else { format!("{}/{told}", context.owner.own) }
}

fn asked(call: &mut ToolCall, kind: ToolKind, input: &Input<'_>, state: &State<'_>, context: &Context<'_>) {
    call.kind = Some(kind);
    call.agent_id = context.owner.agent_id();
    call.thread_known = true;
    let cwd = context.owner.cwd.as_deref();
    let patch = json::text(input.patch).unwrap_or_default();
    let named = json::string(input.file_path).or_else(|| tools::patch_files(&patch).next().map(str::to_owned));
    call.file_path = named.map(|path| tools::absolute(&path, cwd).unwrap_or(path));
    match kind {
        ToolKind::Shell => call.command = json::string(input.command),
        ToolKind::Edit if !patch.is_empty() => call.input = Some(patch.into_owned()),
        _ => {
            let asked = state.input.map(|raw| raw.get().to_owned());
            call.input = asked.filter(|json| !matches!(json.as_str(), "" | "{}" | "null"));
        }
    }
}

/// What a call tells besides.
fn beside(
    call: &ToolCall,
    tool: &str,
    input: &Input<'_>,
    metadata: &Metadata<'_>,
    context: &Context<'_>,
    out: &mut Parsed,
) {
    let session = &context.owner.session;
    let kind = call.kind.unwrap_or(ToolKind::Other);
    let at = call.ended_at.unwrap_or(context.at);
    if call.status == Some(CallStatus::Ok) {
        for Touch { path, kind, before, after } in tools::touched(kind, tool, input, metadata) {
            let Some(path) = tools::absolute(&path, context.owner.cwd.as_deref()) else { continue };
            let hash = |content: Option<String>| content.map(|text| xxh3_64(text.as_bytes()).cast_signed());
            out.facts.push(Fact::File(FileTouch {
                session: session.clone(),
                path,
                at,
                kind,
                call_id: call.call_id.clone(),
                content_hash: hash(after),
                before_hash: hash(before),
                agent_id: context.owner.agent_id(),
            }));
        }
        let plan = tools::plan(tool, input).filter(|_| context.owner.agent_id().is_none());
        if let Some(change) = plan {
            out.facts.push(Fact::Plan { session: session.clone(), at, change });
        }
    }
    // Named as soon as it works.
    if let Some(agent_id) = json::string(metadata.session_id).filter(|_| kind == ToolKind::Agent) {
        out.facts.push(Fact::Subagent(SubagentNote {
            session: session.clone(),
            agent_id,
            at: None,
            agent_type: json::string(input.subagent_type),
            description: json::string(input.description),
            call_id: Some(call.call_id.clone()),
        }));
    }
}

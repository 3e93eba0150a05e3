//! From transcript lines to facts.

use std::borrow::Cow;
use std::path::PathBuf;

use super::state::State;
use super::wire::{
    Attachment, Block, CacheCreation, ForkedFrom, Input, Message as WireMessage, Outcome, OutputDetails, ReadFile,
    Record, ServerTools, SubagentMeta as WireMeta, Task, Usage as WireUsage,
};
use super::{agent_of_file, prompts, results, session_of_subagent_file, tools};
use crate::adapters::json::{self, Raw};
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{
    Agent, Fact, FileTouch, Message, Millis, Piece, PlanChange, PlanItem, PlanStatus, RawEvent, RequestTraits, Role,
    SessionId, SessionNote, SourceKind, SubagentNote, TitleRank, TokenCounts, ToolCall, ToolKind, Usage,
};

/// Notices that the client makes up carry this model: nobody was asked, nothing was spent.
const SYNTHETIC: &str = "<synthetic>";

/// Records that repeat what others say better, or only serve the client itself.
const WITHOUT_USE: &[&str] = &[
    "progress",
    "file-history-snapshot",
    "file-history-delta",
    "attribution-snapshot",
    "content-replacement",
    "api-request",
    "api-request-shape",
    "api-request-blob",
    "cost-state",
    "tools-used",
    "last-prompt",
    "atis-latch",
    "mode",
    "agent-color",
    "agent-setting",
    "tag",
    "task-summary",
    "history-suppression",
    "speculation-accept",
    "bridge-session",
    "fork-context-ref",
    "frame-link",
    "started",
    "result",
];

/// Records worth keeping as events.
const EVENTS: &[&str] =
    &["pr-link", "worktree-state", "queue-operation", "permission-mode", "relocated", "continued-in"];

/// Attachments that tell something that happened; the others are texts for the model.
const ATTACHMENT_EVENTS: &[&str] = &["edited_text_file", "queued_command", "plan_mode", "plan_mode_exit"];

/// Reads a session's file, or that of one of its sub-agents.
pub(super) struct Transcript {
    path: PathBuf,
    modified_ms: Millis,
    state: State,
    /// What was last said of cwd, branch and version, so that it is said again only when it changes.
    noted: Option<(String, String, String, String)>,
}

/// The record at hand, with what every kind of record shares.
struct Context {
    session: SessionId,
    at: Millis,
    agent_id: Option<String>,
    sidechain: bool,
    uuid: String,
    line: u64,
}

impl Transcript {
    pub fn new(file: &FileFacts<'_>, state: Option<&str>) -> Self {
        Self { path: file.path.to_owned(), modified_ms: file.modified_ms, state: State::load(state), noted: None }
    }

    fn record(&mut self, text: &str, record: &Record<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
            return;
        }
        let Some(kind) = json::text(record.kind) else {
            out.skip("record without a type", line);
            return;
        };
        let at = json::time(record.timestamp);
        self.state.last_ms = at.or(self.state.last_ms);
        if kind == "summary" {
            out.records += 1;
            if let (Some(title), Some(leaf)) = (json::string(record.summary), json::string(record.leaf_uuid)) {
                out.facts.push(Fact::TitleOf { record_id: leaf, session_agent: Agent::ClaudeCode, title });
            }
            return;
        }
        let Some(context) = self.context(record, at, text, line) else {
            if WITHOUT_USE.contains(&&*kind) {
                out.records += 1;
            } else {
                out.skip("record without a session", line);
            }
            return;
        };
        self.note_session(record, &context, at.is_some(), out);
        out.records += 1;
        match &*kind {
            "user" => self.user(record, &context, out),
            "assistant" => self.assistant(record, &context, out),
            "system" => Self::system(text, record, &context, out),
            "attachment" => Self::attachment(text, record, &context, out),
            "custom-title" => title(&context, TitleRank::ByUser, record.custom_title, out),
            "ai-title" => title(&context, TitleRank::Generated, record.ai_title, out),
            "agent-name" => title(&context, TitleRank::AgentName, record.agent_name, out),
            known if WITHOUT_USE.contains(&known) => {}
            other => {
                if !EVENTS.contains(&other) {
                    out.skip(format!("unknown record type {}", shorten(other)), line);
                }
                event(&context, shorten(other), text, false, out);
            }
        }
    }

    fn context(&mut self, record: &Record<'_>, at: Option<Millis>, text: &str, line: u64) -> Option<Context> {
        let sidechain = json::flag(record.is_sidechain);
        let forked: Option<ForkedFrom<'_>> = json::read(record.forked_from).filter(|f: &ForkedFrom<'_>| f.is_object);
        // A copied record belongs to the session it was copied from.
        let named = forked
            .and_then(|f| json::string(f.session_id))
            .or_else(|| json::string(record.session_id))
            .or_else(|| json::string(record.session_id_snake));
        let named = match named {
            // Some versions put the thread's own name there; the session is the one it hangs under.
            Some(id) if sidechain && id.starts_with("agent-") => {
                session_of_subagent_file(&self.path).map_or(id.clone(), str::to_owned)
            }
            Some(id) => id,
            None => self.state.session.clone().or_else(|| {
                // Old files hold lone records that name no session.
                matches!(json::text(record.kind).as_deref(), Some("user" | "assistant"))
                    .then(|| self.path.file_stem()?.to_str().map(str::to_owned))
                    .flatten()
            })?,
        };
        let own_uuid = json::string(record.uuid);
        let uuid = forked
            .and_then(|f| json::string(f.message_uuid))
            .or_else(|| own_uuid.clone())
            .unwrap_or_else(|| format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes())));
        let agent_id = json::string(record.agent_id).or_else(|| {
            sidechain.then(|| match agent_of_file(&self.path) {
                Some(id) => id.to_owned(),
                None => {
                    let parent = json::string(record.parent);
                    self.state.thread(own_uuid.as_deref().unwrap_or(&uuid), parent.as_deref())
                }
            })
        });
        if self.state.session.as_deref() != Some(named.as_str()) {
            self.state.session = Some(named.clone());
        }
        Some(Context {
            session: SessionId::new(Agent::ClaudeCode, &named),
            at: at.or(self.state.last_ms).unwrap_or(self.modified_ms),
            // Records of the main thread may name the agent that a whole session runs as.
            agent_id: agent_id.filter(|_| sidechain || agent_of_file(&self.path).is_some()),
            sidechain,
            uuid,
            line,
        })
    }

    fn note_session(&mut self, record: &Record<'_>, context: &Context, dated: bool, out: &mut Parsed) {
        let mut note = SessionNote::new(context.session.clone());
        let main = context.agent_id.is_none();
        if dated && main && json::present(record.forked_from) {
            // The copy says when the original was written, not when its session began.
        } else if dated && main && self.state.first_of(&context.session.id) {
            note.origin = Some(context.at);
        }
        let now = (
            context.session.id.to_string(),
            json::text(record.cwd).unwrap_or_default(),
            json::text(record.git_branch).unwrap_or_default(),
            json::text(record.version).unwrap_or_default(),
        );
        let same = self.noted.as_ref().is_some_and(|(id, cwd, branch, version)| {
            *id == now.0
                && (now.1.is_empty() || !main || *cwd == now.1)
                && (now.2.is_empty() || *branch == now.2)
                && (now.3.is_empty() || *version == now.3)
        });
        if same && note.origin.is_none() {
            return;
        }
        note.at = dated.then_some(context.at);
        note.agent_version = (!now.3.is_empty()).then(|| now.3.to_string());
        // A sub-agent may work elsewhere; the session is where its main thread is.
        if main {
            note.cwd = (!now.1.is_empty()).then(|| now.1.to_string());
            note.git_branch = (!now.2.is_empty()).then(|| now.2.to_string());
        }
        let kept = self.noted.take().filter(|(id, ..)| *id == now.0).unwrap_or_default();
        let pick = |new: Cow<'_, str>, old: String| if new.is_empty() { old } else { new.into_owned() };
        self.noted = Some((now.0, pick(now.1, kept.1), pick(now.2, kept.2), pick(now.3, kept.3)));
        out.facts.push(Fact::Session(note));
    }

    fn user(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let Some(message) =
            json::read::<WireMessage<'_>>(record.message).filter(|m| m.is_object && json::present(m.content))
        else {
            out.skip("user record without content", context.line);
            return;
        };
        let blocks: Vec<Block<'_>> = json::list(message.content);
        let mut has_result = false;
        for block in blocks.iter().filter(|b| json::text(b.kind).as_deref() == Some("tool_result")) {
            has_result = true;
            self.tool_result(record, block, context, out);
        }
        let text = results::content_text(message.content);
        if text.is_empty() {
            return;
        }
        let machine = has_result
            || json::flag(record.is_meta)
            || json::flag(record.is_compact_summary)
            || json::flag(record.is_transcript_only)
            || json::flag(record.is_companion)
            || !prompts::is_prompt(&text);
        if prompts::is_interruption(&text) {
            event(context, "interruption", "{}", false, out);
        }
        let role = if machine { Role::System } else { Role::User };
        if context.agent_id.is_none()
            && let Some(command) = prompts::command_line(&text)
        {
            let mut note = SessionNote::new(context.session.clone());
            // Of equal rank the later wins; of first prompts it must be the earlier.
            note.title = Some((TitleRank::FirstPrompt, -context.at, command));
            out.facts.push(Fact::Session(note));
        }
        out.facts.push(Fact::Message(Message {
            session: context.session.clone(),
            message_id: context.uuid.clone(),
            record_id: None,
            at: context.at,
            role,
            pieces: vec![piece(&text)],
            model: None,
            agent_id: context.agent_id.clone(),
        }));
    }

    fn tool_result(&mut self, record: &Record<'_>, block: &Block<'_>, context: &Context, out: &mut Parsed) {
        let Some(call_id) = json::string(block.tool_use_id) else {
            out.skip("tool result without a call", context.line);
            return;
        };
        let result: Outcome<'_> = json::read(record.tool_use_result).unwrap_or_default();
        let text = results::content_text(block.content);
        let status = results::status(record, &result, block, &text);
        let tool = self.state.call_ended(&call_id);
        let ok = status == crate::model::CallStatus::Ok;
        if ok && let Some(touch) = tool.as_deref().map(tools::kind).and_then(tools::touch) {
            let file: ReadFile<'_> = json::read(result.file).unwrap_or_default();
            if let Some(path) = json::string(result.file_path).or_else(|| json::string(file.file_path)) {
                out.facts.push(Fact::File(FileTouch {
                    session: context.session.clone(),
                    path,
                    at: context.at,
                    kind: touch,
                    call_id: call_id.clone(),
                    content_hash: None,
                    agent_id: context.agent_id.clone(),
                }));
            }
        }
        if let Some(agent_id) = json::string(result.agent_id) {
            out.facts.push(Fact::Subagent(SubagentNote {
                session: context.session.clone(),
                agent_id,
                at: None,
                agent_type: json::string(result.agent_type),
                description: json::string(result.description),
                call_id: Some(call_id.clone()),
            }));
        }
        if let Some(task) = json::read::<Task<'_>>(result.task).filter(|t| t.is_object)
            && let Some(key) = json::string(task.id)
        {
            let item = PlanItem { key, text: json::string(task.subject), status: Some(PlanStatus::Pending) };
            out.facts.push(Fact::Plan {
                session: context.session.clone(),
                at: context.at,
                change: PlanChange::Item(item),
            });
        }
        let shell = tool.as_deref().is_some_and(|tool| tools::kind(tool) == ToolKind::Shell);
        let mut call = ToolCall::new(context.session.clone(), call_id);
        call.tool = tool;
        call.ended_at = Some(context.at);
        call.duration_ms = json::int(result.duration_ms).or_else(|| json::int(result.total_duration_ms));
        call.status = Some(status);
        // What goes on in the background has not ended yet, whatever its call says.
        let ended = !json::present(result.background);
        call.exit_code = results::exit_code(&text).or((shell && ok && ended).then_some(0));
        call.error = (!ok).then(|| text.to_string());
        call.output_file = json::string(result.persisted);
        call.output = (!text.is_empty()).then(|| text.into_owned());
        call.agent_id.clone_from(&context.agent_id);
        out.facts.push(Fact::ToolCall(call));
    }

    fn assistant(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let Some(message) = json::read::<WireMessage<'_>>(record.message).filter(|m| m.is_object) else {
            out.skip("assistant record without a message", context.line);
            return;
        };
        let model = json::string(message.model);
        let blocks: Vec<Block<'_>> = json::list(message.content);
        let mut text = Vec::new();
        let mut thinking = Vec::new();
        if blocks.is_empty() {
            text.extend(json::text(message.content).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)));
        }
        for (index, block) in blocks.iter().enumerate() {
            match json::text(block.kind).as_deref() {
                Some("text") => text.extend(json::text(block.text).filter(|t| !t.trim().is_empty()).map(|t| piece(&t))),
                Some("thinking") => {
                    thinking.extend(json::text(block.thinking).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)))
                }
                Some("tool_use") => self.tool_use(block, index, context, out),
                _ => {}
            }
        }
        if model.as_deref() == Some(SYNTHETIC) {
            out.facts.push(Fact::Message(said(context, Role::System, &context.uuid, text, None)));
            return;
        }
        let response = json::string(message.id).unwrap_or_else(|| context.uuid.clone());
        if !thinking.is_empty() {
            out.facts.push(Fact::Message(said(context, Role::Thinking, &response, thinking, model.clone())));
        }
        out.facts.push(Fact::Message(said(context, Role::Assistant, &response, text, model.clone())));
        if let Some(usage) = json::read::<WireUsage<'_>>(message.usage).filter(|u| u.is_object) {
            out.facts.push(Fact::Usage(usage_of(record, &usage, context, response, model)));
        }
    }

    fn tool_use(&mut self, block: &Block<'_>, index: usize, context: &Context, out: &mut Parsed) {
        let tool = json::string(block.name).unwrap_or_else(|| "unknown".to_owned());
        let call_id = json::string(block.id).unwrap_or_else(|| format!("{}#{index}", context.uuid));
        let input: Input<'_> = json::read(block.input).unwrap_or_default();
        if let Some(change) = tools::plan(&tool, &input) {
            out.facts.push(Fact::Plan { session: context.session.clone(), at: context.at, change });
        }
        self.state.call_began(&call_id, &tool);
        let kind = tools::kind(&tool);
        let mut call = ToolCall::new(context.session.clone(), call_id);
        call.kind = Some(kind);
        call.started_at = Some(context.at);
        call.file_path = tools::file_path(&input);
        if kind == ToolKind::Shell {
            call.command = json::string(input.command);
        } else {
            call.input = block.input.map(|raw| raw.get().to_owned()).filter(|json| json != "{}");
        }
        call.tool = Some(tool);
        call.agent_id.clone_from(&context.agent_id);
        out.facts.push(Fact::ToolCall(call));
    }

    fn system(text: &str, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let subtype = json::text(record.subtype).unwrap_or(Cow::Borrowed("system"));
        // The hooks' own summary of what they ran says nothing about the session.
        if subtype == "stop_hook_summary" {
            return;
        }
        event(context, shorten(&subtype), text, subtype == "compact_boundary", out);
    }

    fn attachment(text: &str, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let attachment: Attachment<'_> = json::read(record.attachment).unwrap_or_default();
        let kind = json::text(attachment.kind).unwrap_or_default();
        if ATTACHMENT_EVENTS.contains(&&*kind) {
            event(context, &kind, text, false, out);
        }
    }
}

impl Parser for Transcript {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |text, record, out| self.record(text, record, number, out))
    }

    fn state(&self) -> Option<String> {
        self.state.save()
    }
}

/// Hands every whole record of `line` to `take`; two writers can leave more than one, or half of one.
fn each_record<'a>(
    line: &'a [u8],
    number: u64,
    terminated: bool,
    out: &mut Parsed,
    mut take: impl FnMut(&'a str, &Record<'a>, &mut Parsed),
) -> usize {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(_) if !terminated => return 0,
        Err(_) => {
            out.skip("not UTF-8", number);
            return line.len();
        }
    };
    let text = if number == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
    let skipped = line.len() - text.len();
    let mut records = serde_json::Deserializer::from_str(text).into_iter::<Record<'a>>();
    let mut used = 0;
    loop {
        let begin = records.byte_offset();
        match records.next() {
            Some(Ok(record)) => {
                let end = records.byte_offset();
                // A number at the end of what is there may go on.
                if !terminated && !record.is_object {
                    return skipped + used;
                }
                take(text[begin..end].trim_ascii(), &record, out);
                used = end;
            }
            None if terminated => return line.len(),
            None => return if used > 0 { skipped + used } else { 0 },
            Some(Err(_)) if terminated => {
                let blank = text[used..].trim_matches(['\0', ' ', '\t', '\r']).is_empty();
                out.skip(if blank { "NUL bytes" } else { "not JSON" }, number);
                return line.len();
            }
            Some(Err(_)) => return if used > 0 { skipped + used } else { 0 },
        }
    }
}

fn usage_of(
    record: &Record<'_>,
    usage: &WireUsage<'_>,
    context: &Context,
    response_id: String,
    model: Option<String>,
) -> Usage {
    let split: Option<CacheCreation<'_>> =
        json::read(usage.cache_creation_split).filter(|s: &CacheCreation<'_>| s.is_object);
    let total = json::count(usage.cache_creation);
    let (short, long) = split.map_or((total, 0), |s| (json::count(s.short), json::count(s.long)));
    // The split may be missing or partial: what it leaves open was kept for the shorter time.
    let short = short.max(total.saturating_sub(long));
    let details: OutputDetails<'_> = json::read(usage.output_details).unwrap_or_default();
    let server: ServerTools<'_> = json::read(usage.server_tools).unwrap_or_default();
    Usage {
        session: context.session.clone(),
        response_id,
        request_id: json::string(record.request_id),
        at: context.at,
        model,
        tokens: TokenCounts {
            input: json::count(usage.input),
            output: json::count(usage.output),
            cache_read: json::count(usage.cache_read),
            cache_write_5m: short,
            cache_write_1h: long,
            cache_write_other: 0,
            reasoning: json::count(details.thinking),
            web_searches: json::count(server.searches),
        },
        traits: RequestTraits {
            fast: json::text(usage.speed).as_deref() == Some("fast"),
            us_only: json::text(usage.geo).as_deref() == Some("us"),
            service_tier: json::string(usage.service_tier).filter(|tier| tier != "standard"),
        },
        reported_nanos: json::text(record.cost_usd).and_then(|usd| nanos(&usd)),
        agent_id: context.agent_id.clone(),
        sidechain: context.sidechain,
    }
}

/// Very old records state their price.
fn nanos(usd: &str) -> Option<i64> {
    let usd: f64 = usd.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    (usd > 0.0).then_some((usd * 1e9).round() as i64)
}

fn said(context: &Context, role: Role, id: &str, pieces: Vec<Piece>, model: Option<String>) -> Message {
    Message {
        session: context.session.clone(),
        message_id: id.to_owned(),
        record_id: (id != context.uuid).then(|| context.uuid.clone()),
        at: context.at,
        role,
        pieces,
        model,
        agent_id: context.agent_id.clone(),
    }
}

fn piece(text: &str) -> Piece {
    Piece { hash: xxhash_rust::xxh3::xxh3_64(text.as_bytes()), text: text.to_owned() }
}

fn title(context: &Context, rank: TitleRank, raw: Raw<'_>, out: &mut Parsed) {
    let Some(text) = json::string(raw) else { return };
    let mut note = SessionNote::new(context.session.clone());
    note.title = Some((rank, context.at, text));
    out.facts.push(Fact::Session(note));
}

fn event(context: &Context, event_type: &str, payload: &str, compaction: bool, out: &mut Parsed) {
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.session.clone()),
        key: xxhash_rust::xxh3::xxh3_64(format!("{event_type}\0{}", context.uuid).as_bytes()),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: Some(payload.to_owned()),
        compaction,
    }));
}

/// Names of foreign kinds stay readable in counters.
fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
}

/// Reads `agent-<id>.meta.json`: what a sub-agent was started for.
pub(super) struct SubagentMeta {
    path: PathBuf,
}

impl SubagentMeta {
    pub fn new(file: &FileFacts<'_>) -> Self {
        Self { path: file.path.to_owned() }
    }
}

impl Parser for SubagentMeta {
    fn line(&mut self, line: &[u8], number: u64, _terminated: bool, out: &mut Parsed) -> usize {
        let meta: Option<WireMeta<'_>> = serde_json::from_slice(line).ok().filter(|m: &WireMeta<'_>| m.is_object);
        let place = session_of_subagent_file(&self.path).zip(agent_of_file(&self.path));
        let (Some(meta), Some((session, agent_id))) = (meta, place) else {
            out.skip("not JSON", number);
            return line.len();
        };
        out.records += 1;
        out.facts.push(Fact::Subagent(SubagentNote {
            session: SessionId::new(Agent::ClaudeCode, session),
            agent_id: agent_id.to_owned(),
            at: None,
            agent_type: json::string(meta.agent_type),
            description: json::string(meta.description),
            call_id: json::string(meta.tool_use_id),
        }));
        line.len()
    }

    fn state(&self) -> Option<String> {
        None
    }
}

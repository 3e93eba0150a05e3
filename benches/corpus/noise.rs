//! Records that surround the conversation: what a session begins and ends with, progress, snapshots, the requests themselves.

use super::ids;
use super::thread::{Common, Era, Thread, put, time};
use super::tools::Call;

/// What the client tells the model before anything is asked.
pub fn opening(thread: &mut Thread, common: &mut Common<'_>) {
    match common.era {
        Era::Progress => {
            snapshot(thread, common);
            hook_progress(thread, common, "SessionStart", "SessionStart:startup");
        }
        Era::Attachments => {
            thread.aside(common, "mode", br#","mode":"normal""#);
            let extensive = common.random.percent(50);
            for (kind, bytes) in
                [("deferred_tools_delta", 3000), ("agent_listing_delta", 9000), ("skill_listing", 8000)]
            {
                attachment(thread, common, kind, if extensive { bytes } else { bytes / 4 });
            }
            if common.hooks {
                attachment(thread, common, "hook_success", 1800);
            }
        }
        Era::Requests => {
            thread.aside(common, "mode", br#","mode":"normal""#);
            for (kind, bytes) in [
                ("environment", 500),
                ("model", 130),
                ("deferred_tools_delta", 700),
                ("agent_listing_delta", 1500),
                ("mcp_instructions_delta", 300),
                ("skill_listing", 3000),
                ("total_tokens_reminder", 60),
                ("instructions", 2500),
                ("session_context", 500),
                ("date", 40),
                ("prompt_snapshot", 24_000),
            ] {
                attachment(thread, common, kind, bytes);
            }
            shape(thread, common);
        }
    }
}

/// A text for the model only; the newest version keeps it in the form it was sent in as well.
pub fn attachment(thread: &mut Thread, common: &mut Common<'_>, kind: &'static str, bytes: usize) {
    let mut text = Vec::with_capacity(bytes + 256);
    common.texts.prose(&mut text, &mut common.random, bytes);
    let start = thread.open();
    put!(thread.out; r#","attachment":{"type":""#, kind, r#"","content":""#, text, r#""},"type":"attachment""#);
    if common.era == Era::Requests && kind != "prompt_snapshot" {
        put!(thread.out; r#","rendered":[{"content":"<system-reminder>\n"#, text,
            r#"\n</system-reminder>"}],"renderedRole":"system""#);
    }
    thread.context += text.len() as u64 / 4;
    thread.close(common, "attachment", start);
}

/// The system prompt and all tools, once a session.
fn shape(thread: &mut Thread, common: &mut Common<'_>) {
    let mut fields = Vec::with_capacity(1 << 16);
    put!(fields; r#","shapeHash":""#, ids::hex_string(64, &mut common.random),
        r#"","shape":{"system":[{"type":"text","text":""#);
    common.texts.prose(&mut fields, &mut common.random, 36_000);
    put!(fields; r#""}]}"#);
    thread.aside(common, "api-request-shape", &fields);
}

/// What is sent to the model: a short record of the request, and every new message once more.
pub fn request(thread: &mut Thread, common: &mut Common<'_>, message: &[u8]) {
    if common.era != Era::Requests {
        return;
    }
    let mut fields = Vec::with_capacity(message.len() + 256);
    put!(fields; r#","hash":""#, ids::hex_string(64, &mut common.random), r#"","message":{"role":"user","content":"#,
        message, "}");
    thread.aside(common, "api-request-blob", &fields);
    fields.clear();
    put!(fields; r#","id":""#, ids::uuid(&mut common.random), r#"","timestamp":""#, time(common.clock.now),
        r#"","version":""#, common.version, r#"","querySource":"sdk","shapeHash":""#,
        ids::hex_string(64, &mut common.random), r#"","params":{"model":""#, common.model,
        r#"","betas":["claude-code-20250219","interleaved-thinking-2025-05-14","context-management-2025-06-27"],"max_tokens":32000,"#,
        r#""thinking":{"budget_tokens":31999,"type":"enabled","display":"omitted"}},"keep":1,"tail":[""#,
        ids::hex_string(64, &mut common.random),
        r#""],"cacheControl":[{"path":["system",0],"value":{"type":"ephemeral"}},"#,
        r#"{"path":["system",1],"value":{"type":"ephemeral"}}],"requestDigest":""#,
        ids::hex_string(64, &mut common.random), r#"""#);
    thread.aside(common, "api-request", &fields);
}

fn progress(thread: &mut Thread, common: &mut Common<'_>, kind: &'static str, data: &[u8], tool_use: &str) {
    let start = thread.open();
    put!(thread.out; r#","type":"progress","data":{"#, data, r#"},"toolUseID":""#, tool_use,
        r#"","parentToolUseID":""#, tool_use, r#"""#);
    thread.close(common, kind, start);
}

pub fn hook_progress(thread: &mut Thread, common: &mut Common<'_>, event: &str, name: &str) {
    let mut data = Vec::new();
    put!(data; r#""type":"hook_progress","hookEvent":""#, event, r#"","hookName":""#, name,
        r#"","command":"cd ${CLAUDE_PLUGIN_ROOT}/hooks && bun run ./guardian.ts""#);
    let id = ids::token_string("toolu_01", 22, &mut common.random);
    progress(thread, common, "progress hook", &data, &id);
}

/// What is seen of a call while it runs.
pub fn during(thread: &mut Thread, common: &mut Common<'_>, call: &Call) {
    if common.era != Era::Progress {
        return;
    }
    if common.hooks {
        for event in ["PreToolUse", "PreToolUse", "PostToolUse", "PostToolUse"] {
            hook_progress(thread, common, event, call.name);
        }
    }
    if call.name == "Bash" && common.random.percent(14) {
        let text = &call.content[1..call.content.len() - 1];
        let steps = common.random.between(1, 12);
        for step in 0..steps {
            let shown = cut(text, usize::try_from(step * 900).unwrap_or_default());
            let mut data = Vec::new();
            put!(data; r#""type":"bash_progress","output":""#, cut(shown, 400), r#"","fullOutput":""#, shown,
                r#"","elapsedTimeSeconds":"#, (step + 2).to_string(), r#","totalLines":"#, step.to_string(),
                r#","timeoutMs":120000"#);
            progress(thread, common, "progress bash", &data, &call.id);
        }
    } else if call.name.starts_with("mcp__") {
        let data = br#""type":"mcp_progress","status":"started","serverName":"ide","toolName":"getDiagnostics""#;
        progress(thread, common, "progress mcp", data, &call.id);
    }
}

/// The sub-agent's own record once more, in the file of its parent.
pub fn agent_progress(thread: &mut Thread, common: &mut Common<'_>, line: &[u8], agent: &str, call: &str) {
    let mut data = Vec::with_capacity(line.len() + 256);
    put!(data; r#""message":"#, line, r#","normalizedMessages":[],"type":"agent_progress","prompt":"","agentId":""#,
        agent, r#"""#);
    progress(thread, common, "progress agent", &data, call);
}

/// A JSON string may be cut between two lines of text: never inside an escape or a character.
fn cut(text: &[u8], at: usize) -> &[u8] {
    if at >= text.len() {
        return text;
    }
    let end = text[..at].windows(2).rposition(|pair| pair == b"\\n").unwrap_or_default();
    // Two backslashes before the `n` are a backslash and a letter.
    if end > 0 && text[end - 1] == b'\\' { &[] } else { &text[..end] }
}

pub fn snapshot(thread: &mut Thread, common: &mut Common<'_>) {
    let start = thread.out.len();
    let id = ids::uuid(&mut common.random);
    let now = time(common.clock.now);
    put!(thread.out; r#"{"type":"file-history-snapshot","messageId":""#, id, r#"","snapshot":{"messageId":""#, id,
        r#"","trackedFileBackups":{"#);
    for at in 0..common.random.below(9) {
        let path = &common.random.pick(&common.project.files).path;
        put!(thread.out; if at == 0 { r#"""# } else { r#",""# }, path, r#"":{"backupFileName":""#,
            ids::hex_string(16, &mut common.random), r#"@v1","version":1,"backupTime":""#, now, r#""}"#);
    }
    put!(thread.out; r#"},"timestamp":""#, now, "\"},\"isSnapshotUpdate\":false}\n");
    common.counts.record("file-history-snapshot", thread.out.len() - start);
}

/// What a turn ends with.
pub fn turn_end(thread: &mut Thread, common: &mut Common<'_>, began: u64) {
    if common.hooks {
        thread.system(common, "stop_hook_summary",
            br#","hookCount":2,"hookInfos":[{"command":"cd ${CLAUDE_PLUGIN_ROOT}/hooks && bun run ./dist/on-stop-test.js","durationMs":41},{"command":"callback"}],"hookErrors":[],"hookAdditionalContext":[],"preventedContinuation":false,"stopReason":"","hasOutput":false,"level":"suggestion""#);
    }
    if common.random.percent(60) {
        let mut fields = Vec::new();
        put!(fields; r#","durationMs":"#, (common.clock.now - began).to_string(), r#","isMeta":false"#);
        thread.system(common, "turn_duration", &fields);
    }
    if common.era == Era::Progress {
        snapshot(thread, common);
        return;
    }
    let mut fields = Vec::new();
    put!(fields; r#","lastPrompt":""#);
    common.texts.prose(&mut fields, &mut common.random, 60);
    put!(fields; r#"","leafUuid":""#, ids::uuid(&mut common.random), r#"""#);
    thread.aside(common, "last-prompt", &fields);
    if common.era == Era::Requests {
        thread.aside(common, "atis-latch", br#","atis":"""#);
        thread.aside(common, "cost-state", br#","totalCostUSD":0.0161625,"totalAPIDuration":113,"totalToolDuration":283,"totalLinesAdded":0,"totalLinesRemoved":0,"totalDuration":1026,"modelUsage":{"claude-sonnet-5-5":{"inputTokens":900,"outputTokens":77,"cacheReadInputTokens":2900,"cacheCreationInputTokens":3050,"costUSD":0.0161625}},"hasUnknownModelCost":false"#);
    }
}

//! A model's response: one record per content block, each repeating the response's id and usage.

use super::ids::{self, Uuid};
use super::statistics::Tokens;
use super::thread::{Common, Era, Thread, put};

/// A content block as JSON.
pub struct Block {
    pub kind: &'static str,
    pub json: Vec<u8>,
}

/// Writes the records of one response; returns the uuid of each.
pub fn write(thread: &mut Thread, common: &mut Common<'_>, blocks: &[Block], goes_on: bool) -> Vec<Uuid> {
    let id = ids::token_string("msg_01", 22, &mut common.random);
    let request = ids::token_string("req_011", 21, &mut common.random);
    let tokens = spend(thread, common, blocks);
    let long = common.era == Era::Attachments || common.slug.len().is_multiple_of(2);
    let mut uuids = Vec::with_capacity(blocks.len());
    for (at, block) in blocks.iter().enumerate() {
        let last = at + 1 == blocks.len();
        // Until the stream ends, the client does not know what the response will have cost.
        let known = if last || common.era == Era::Requests { tokens.output } else { tokens.output.min(3) };
        common.clock.pass(block.json.len() as u64 * 3 + 200);
        let start = thread.open();
        let stop = if common.era == Era::Progress {
            "null"
        } else if goes_on {
            r#""tool_use""#
        } else {
            r#""end_turn""#
        };
        put!(thread.out; r#","message":{"model":""#, common.model, r#"","id":""#, id,
            r#"","type":"message","role":"assistant","content":["#, block.json, r#"],"stop_reason":"#, stop,
            r#","stop_sequence":null,"usage":"#);
        let before = thread.out.len();
        usage(&mut thread.out, common.era, Tokens { output: known, ..tokens }, long);
        common.counts.part("usage", thread.out.len() - before);
        put!(thread.out; r#"},"requestId":""#, request, r#"""#);
        if common.era == Era::Requests {
            put!(thread.out; r#","apiBlockIndex":"#, at.to_string(), r#","requestedModel":""#, common.model,
                r#"","promptCacheRequested":"1h","perTurnEffort":null,"madeBy":"model""#);
        }
        put!(thread.out; r#","type":"assistant""#);
        uuids.push(thread.close(common, block.kind, start));
        common.counts.part(block.kind, block.json.len());
    }
    common.counts.responses += 1;
    common.counts.models.entry(common.model).or_default().add(tokens);
    uuids
}

/// What the response costs: everything before it is read from the cache, what is new is written to it.
fn spend(thread: &mut Thread, common: &mut Common<'_>, blocks: &[Block]) -> Tokens {
    let said: usize = blocks.iter().map(|block| block.json.len()).sum();
    let thinking: usize =
        blocks.iter().filter(|block| block.kind == "assistant thinking").map(|block| block.json.len()).sum();
    let tokens = Tokens {
        input: 2 + common.random.below(10),
        output: said as u64 / 4 + common.random.below(60) + 4,
        cache_read: thread.cached,
        cache_creation: thread.context.saturating_sub(thread.cached),
        reasoning: if common.era == Era::Requests { thinking as u64 / 8 } else { 0 },
    };
    thread.cached = thread.context.max(thread.cached);
    thread.context = thread.cached + tokens.output;
    tokens
}

fn usage(out: &mut Vec<u8>, era: Era, tokens: Tokens, long: bool) {
    let (input, output) = (tokens.input.to_string(), tokens.output.to_string());
    let (read, creation) = (tokens.cache_read.to_string(), tokens.cache_creation.to_string());
    let (short, long) = if long { ("0", &*creation) } else { (&*creation, "0") };
    let mut split = Vec::with_capacity(80);
    put!(split; r#""cache_creation":{"ephemeral_5m_input_tokens":"#, short, r#","ephemeral_1h_input_tokens":"#, long,
        "}");
    put!(out; r#"{"input_tokens":"#, input, r#","cache_creation_input_tokens":"#, creation,
        r#","cache_read_input_tokens":"#, read);
    match era {
        Era::Progress => put!(out; ",", split, r#","output_tokens":"#, output, r#","service_tier":"standard"}"#),
        Era::Attachments => {
            put!(out; r#","output_tokens":"#, output,
                r#","server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"#,
                r#""service_tier":"standard","#, split,
                r#","inference_geo":"not_available","iterations":[{"input_tokens":"#, input, r#","output_tokens":"#,
                output, r#","cache_read_input_tokens":"#, read, r#","cache_creation_input_tokens":"#, creation, ",",
                split, r#","type":"message"}],"speed":"standard"}"#);
        }
        Era::Requests => {
            put!(out; r#","output_tokens":"#, output, r#","output_tokens_details":{"thinking_tokens":"#,
                tokens.reasoning.to_string(),
                r#"},"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":"standard","#,
                split, r#","inference_geo":"","iterations":[],"speed":"standard","fallback_credit":null}"#);
        }
    }
}

/// A block of thinking: newer versions keep little more than its signature.
pub fn thinking(common: &mut Common<'_>) -> Block {
    let mut json = Vec::new();
    put!(json; r#"{"type":"thinking","thinking":""#);
    let open = common.era == Era::Progress || common.random.percent(30);
    if open {
        let bytes = common.random.size(&[40, 90, 160, 330, 800, 1700, 2600, 5500, 9000]);
        common.texts.prose(&mut json, &mut common.random, bytes);
        common.counts.thinking += 1;
    }
    put!(json; r#"","signature":""#);
    let bytes = common.random.size(&[180, 260, 400, 720, 1500, 2600, 3600, 6000, 9000]);
    common.texts.base64(&mut json, &mut common.random, bytes);
    put!(json; r#""}"#);
    Block { kind: "assistant thinking", json }
}

pub fn text(common: &mut Common<'_>, closing: bool) -> Block {
    let mut json = Vec::new();
    put!(json; r#"{"type":"text","text":""#);
    if common.random.percent(2) {
        let rare = ids::token_string("zq", 14, &mut common.random).to_ascii_lowercase();
        put!(json; "The marker is ", rare, ".\\n\\n");
        common.counts.rare.push(rare);
    }
    let sizes = if closing {
        &[80, 200, 420, 900, 1800, 2900, 3800, 6500, 9000]
    } else {
        &[20, 45, 70, 110, 190, 330, 600, 1500, 3000]
    };
    let bytes = common.random.size(sizes);
    common.texts.prose(&mut json, &mut common.random, bytes);
    put!(json; r#""}"#);
    Block { kind: "assistant text", json }
}

pub fn tool_use(id: &str, name: &str, input: &[u8], era: Era) -> Block {
    let mut json = Vec::with_capacity(input.len() + 128);
    put!(json; r#"{"type":"tool_use","id":""#, id, r#"","name":""#, name, r#"","input":"#, input);
    if era == Era::Attachments {
        put!(json; r#","caller":{"type":"direct"}"#);
    }
    put!(json; "}");
    Block { kind: "assistant tool_use", json }
}

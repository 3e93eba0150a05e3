//! Whole conversations over a pipe, with questions made for the purpose.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf};

use super::{Server, serve};
use crate::answer::{Asker, Question, Refusal, Surroundings, erase};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    limit: Option<i64>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct Answer {
    caller: Option<String>,
    session: Option<String>,
    note: Option<String>,
}

macro_rules! question {
    ($type:ident, $name:literal, $answer:expr) => {
        struct $type;
        impl Question for $type {
            const NAME: &'static str = $name;
            const TITLE: &'static str = "Test";
            const ABOUT: &'static str = "For tests.";
            type Params = Params;
            type Answer = Answer;
            fn answer(asker: &Asker, _: Params) -> Result<Answer, Refusal> {
                $answer(asker)
            }
            fn text(_: &Answer) -> String {
                "told".to_owned()
            }
        }
    };
}

question!(Who, "get_context_bundle", |asker: &Asker| Ok(Answer {
    caller: asker.around.caller.map(|agent| agent.name().to_owned()),
    session: asker.around.meta_session.clone(),
    note: None,
}));
question!(Slow, "slow", |asker: &Asker| {
    let mut open = OPEN.lock().unwrap();
    while !open.contains(&asker.around.data_dir) {
        open = OPENED.wait(open).unwrap();
    }
    Ok(Answer::default())
});
question!(Buggy, "buggy", |_: &Asker| -> Result<Answer, Refusal> { panic!("bug") });

/// Data directories in which slow questions may end.
static OPEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static OPENED: Condvar = Condvar::new();

/// Keeps the slow questions of one client waiting until it is opened, at the latest with the client's end.
struct Gate(PathBuf);

impl Gate {
    fn open(&self) {
        OPEN.lock().unwrap().insert(self.0.clone());
        OPENED.notify_all();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

struct Client {
    gate: Gate,
    from: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
    to: WriteHalf<DuplexStream>,
    server: tokio::task::JoinHandle<Result<(), Refusal>>,
    _dir: tempfile::TempDir,
}

impl Client {
    /// A client of a server whose store is there (though empty) or is not.
    fn start(store: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if store {
            drop(crate::store::Writer::open(dir.path()).unwrap());
        }
        let around = Surroundings { data_dir: dir.path().to_owned(), ..Surroundings::default() };
        let questions = vec![erase::<Who>(), erase::<Slow>(), erase::<Buggy>()];
        let server = Server::new(questions, around).with_deadline(Duration::from_secs(5));
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(theirs);
        let (from, to) = tokio::io::split(ours);
        let server = tokio::spawn(serve(server, input, output));
        let gate = Gate(dir.path().to_owned());
        Self { gate, from: BufReader::new(from).lines(), to, server, _dir: dir }
    }

    async fn line(&mut self, line: &str) {
        self.to.write_all(line.as_bytes()).await.unwrap();
        self.to.write_all(b"\n").await.unwrap();
    }

    async fn send(&mut self, message: Value) {
        self.line(&message.to_string()).await;
    }

    async fn next(&mut self) -> Value {
        let line =
            tokio::time::timeout(Duration::from_secs(10), self.from.next_line()).await.unwrap().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    async fn request(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        let answer = self.next().await;
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    async fn initialize(&mut self, version: &str, name: &str) -> Value {
        let client = json!({"name": name, "version": "1"});
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
        let answer = self.request(0, "initialize", params).await;
        self.send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        answer["result"].clone()
    }
}

fn modern(params: Value) -> Value {
    let mut params = params;
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({"name": "copilot-cli", "version": "1"});
    params
}

#[tokio::test]
async fn the_handshake_agrees_on_a_version_we_speak() {
    for (offered, agreed) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2031-01-01", "2025-11-25"),
    ] {
        let mut client = Client::start(true);
        let hello = client.initialize(offered, "x").await;
        assert_eq!(hello["protocolVersion"], agreed, "{offered}");
        assert_eq!(hello["serverInfo"]["name"], "tma1");
        assert_eq!(hello["capabilities"], json!({"tools": {}, "prompts": {}, "resources": {}, "completions": {}}));
    }
}

#[tokio::test]
async fn the_stateless_era_needs_no_handshake() {
    let mut client = Client::start(true);
    let found = client.request(1, "server/discover", modern(json!({}))).await;
    assert!(found["result"]["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")));
    assert!(found["result"]["instructions"].as_str().unwrap().starts_with("tma1 records"));
    let called = client.request(2, "tools/call", modern(json!({"name": "get_context_bundle"}))).await;
    assert_eq!(called["result"]["structuredContent"], json!({"caller": "copilot_cli"}));
    assert_eq!(called["result"]["resultType"], "complete");
    let unknown = client.request(3, "resources/read", modern(json!({"uri": "tma1://nothing"}))).await;
    assert_eq!(unknown["error"]["code"], -32602);
}

#[tokio::test]
async fn stray_and_broken_lines_end_nothing() {
    let mut client = Client::start(true);
    client.line("this is no JSON").await;
    client.line("").await;
    client.line("{\"jsonrpc\":\"2.0\",\"id\":").await;
    client.send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}})).await;
    client.send(json!({"jsonrpc": "2.0", "id": 7, "result": {}})).await;
    assert_eq!(client.request(1, "ping", json!({})).await["result"], json!({}));
    assert_eq!(client.request(2, "tools/list", json!({})).await["error"]["code"], -32602);
    client.send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    client.initialize("2025-06-18", "x").await;
    client.line("[1, 2").await;
    assert_eq!(client.request(4, "nonsense/method", json!({})).await["error"]["code"], -32601);
    assert_eq!(client.request(5, "tools/call", json!({"name": "nothing"})).await["error"]["code"], -32602);
    assert_eq!(
        client.request(6, "tools/call", json!({"name": "slow", "arguments": [1]})).await["error"]["code"],
        -32602
    );
    assert_eq!(client.request(7, "resources/read", json!({"uri": "tma1://x"})).await["error"]["code"], -32002);
}

#[tokio::test]
async fn the_caller_and_its_session_are_known_from_the_request() {
    let mut client = Client::start(true);
    client.initialize("2025-06-18", "codex-mcp-client").await;
    let call = json!({"name": "get_context_bundle", "_meta": {"threadId": "t1", "progressToken": 1}});
    let told = client.request(1, "tools/call", call).await;
    assert_eq!(told["result"]["structuredContent"], json!({"caller": "codex", "session": "t1"}));
    assert_eq!(told["result"]["content"][0]["text"], "told");
}

#[tokio::test]
async fn a_slow_question_delays_nothing_and_a_bug_ends_nothing() {
    let mut client = Client::start(true);
    client.initialize("2025-11-25", "x").await;
    client.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "slow"}})).await;
    client.request(2, "ping", json!({})).await;
    let bug = client.request(3, "tools/call", json!({"name": "buggy"})).await;
    assert_eq!(bug["result"]["isError"], true);
    assert!(bug["result"]["content"][0]["text"].as_str().unwrap().starts_with("internal error in buggy;"), "{bug}");
    client.request(4, "tools/call", json!({"name": "get_context_bundle"})).await;
    client.gate.open();
    assert_eq!(client.next().await["id"], 1);
}

#[tokio::test]
async fn a_cancelled_request_stays_unanswered() {
    let mut client = Client::start(true);
    client.initialize("2025-11-25", "x").await;
    client.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "slow"}})).await;
    client.send(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})).await;
    client.request(2, "ping", json!({})).await;
    client.gate.open();
    client.request(3, "tools/call", json!({"name": "slow"})).await;
}

#[tokio::test]
async fn without_a_store_there_is_a_note_but_bad_arguments_stay_bad() {
    let mut client = Client::start(false);
    client.gate.open();
    client.initialize("2025-11-25", "x").await;
    let early = client.request(1, "tools/call", json!({"name": "slow", "arguments": {"limit": "3"}})).await;
    assert_eq!(early["result"]["isError"], false);
    assert!(early["result"]["structuredContent"]["note"].as_str().unwrap().contains("tma1 import"), "{early}");
    for (id, bad) in [(2, json!({"limit": "many"})), (3, json!({"limitt": 3}))] {
        let told = client.request(id, "tools/call", json!({"name": "slow", "arguments": bad})).await;
        assert_eq!(told["result"]["isError"], true);
        assert!(told["result"]["content"][0]["text"].as_str().unwrap().contains("`limit"), "{told}");
    }
    let prompt = client.request(4, "prompts/get", json!({"name": "catch_up"})).await;
    assert!(prompt.to_string().contains("tma1 import"), "{prompt}");
    let context = client.request(5, "resources/read", json!({"uri": "tma1://project/context"})).await;
    assert_eq!(context["result"]["contents"][0]["mimeType"], "application/json");
}

#[tokio::test]
async fn only_what_the_toolset_can_answer_is_listed() {
    let mut client = Client::start(true);
    client.initialize("2025-11-25", "x").await;
    let tools = client.request(1, "tools/list", json!({})).await;
    let names: Vec<_> = tools["result"]["tools"].as_array().unwrap().iter().map(|t| t["name"].clone()).collect();
    assert_eq!(names, ["get_context_bundle", "slow", "buggy"]);
    let prompts = client.request(2, "prompts/list", json!({})).await;
    assert_eq!(prompts["result"]["prompts"].as_array().unwrap().len(), 1);
    assert_eq!(client.request(3, "prompts/get", json!({"name": "peer"})).await["error"]["code"], -32602);
    let resources = client.request(4, "resources/list", json!({})).await;
    assert_eq!(resources["result"]["resources"][0]["uri"], "tma1://project/context");
    let templates = client.request(5, "resources/templates/list", json!({})).await;
    assert_eq!(templates["result"]["resourceTemplates"], json!([]));
    let argument = json!({"name": "agent", "value": "co"});
    let menu = json!({"ref": {"type": "ref/prompt", "name": "peer"}, "argument": argument});
    let completed = client.request(6, "completion/complete", menu).await;
    assert_eq!(completed["result"]["completion"]["values"], json!(["codex", "copilot_cli"]));
}

#[tokio::test]
async fn at_the_end_of_input_the_server_leaves() {
    let mut idle = Client::start(true);
    idle.initialize("2025-11-25", "x").await;
    idle.to.shutdown().await.unwrap();
    assert_eq!(ended(idle.server).await, Ok(()));

    let mut unopened = Client::start(true);
    unopened.to.shutdown().await.unwrap();
    assert_eq!(ended(unopened.server).await, Ok(()));

    let mut busy = Client::start(true);
    busy.initialize("2025-11-25", "x").await;
    busy.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "slow"}})).await;
    busy.send(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "get_context_bundle"}}))
        .await;
    busy.to.shutdown().await.unwrap();
    assert_eq!(busy.next().await["id"], 2, "what is quick is still answered");
    assert_eq!(ended(busy.server).await, Ok(()), "what is slow is not waited for");
}

/// How the server ended, which it must.
async fn ended(server: tokio::task::JoinHandle<Result<(), Refusal>>) -> Result<(), Refusal> {
    tokio::time::timeout(Duration::from_secs(10), server).await.unwrap().unwrap()
}

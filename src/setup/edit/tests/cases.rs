//! Single cases worth reading: what a file looks like afterwards, and what is said of a broken one.

use super::super::{Claim, Done, Json, List, Memory, Op, Pick, Place, Toml, Value, apply, keys, unified};
use super::json::edit;
use super::{group, handlers, install, ours, uninstall};

fn after(text: &str, ops: &[Op], memory: &mut Memory) -> String {
    match edit(Some(text), ops, memory).unwrap() {
        Done::Text(text) => text,
        Done::Gone => panic!("gone"),
    }
}

fn element() -> Op {
    Op::Element { at: keys(&["hooks", "Stop"]), list: handlers(), value: group(None) }
}

fn no_element() -> Op {
    Op::NoElement { at: keys(&["hooks", "Stop"]), list: handlers() }
}

const HANDLER: &str = r#"{ "type": "command", "command": "/opt/tma1/bin/tma1 hook --agent x", "timeout": 5 }"#;

#[test]
fn a_new_entry_is_laid_out_like_its_neighbours() {
    let text = "{\n\t\"model\": \"opus\", // mine\n\t\"hooks\": {}\n}\n";
    let mut memory = Memory::default();
    let new = after(text, &[element()], &mut memory);
    assert_eq!(
        new,
        "{\n\t\"model\": \"opus\", // mine\n\t\"hooks\": {\n\t\t\"Stop\": [\n\t\t\t{\n\t\t\t\t\"hooks\": [\n\t\t\t\t\t{\n\
         \t\t\t\t\t\t\"type\": \"command\",\n\t\t\t\t\t\t\"command\": \"/opt/tma1/bin/tma1 hook --agent x\",\n\
         \t\t\t\t\t\t\"timeout\": 5\n\t\t\t\t\t}\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t}\n}\n"
    );
    assert_eq!(after(&new, &[no_element()], &mut memory), text);
    assert!(memory.is_empty());
}

#[test]
fn of_duplicate_keys_the_last_is_edited() {
    let text = r#"{"hooks": {"Stop": [1]}, "hooks": {"Stop": [2]}}"#;
    let new = after(text, &[element()], &mut Memory::default());
    assert!(new.starts_with(r#"{"hooks": {"Stop": [1]}, "hooks": {"Stop": [2, {"#), "{new}");
}

#[test]
fn a_handler_of_ours_in_a_users_group_goes_alone() {
    let text = format!(
        r#"{{ "hooks": {{ "Stop": [ {{ "matcher": "x", "hooks": [ {{ "command": "mine" }}, {HANDLER} ] }} ] }} }}"#
    );
    let gone = after(&text, &[no_element()], &mut Memory::default());
    assert_eq!(gone, r#"{ "hooks": { "Stop": [ { "matcher": "x", "hooks": [ { "command": "mine" } ] } ] } }"#);
    let group = super::group(Some("x"));
    let same = Op::Element { at: keys(&["hooks", "Stop"]), list: handlers(), value: group };
    assert_eq!(after(&text, &[same], &mut Memory::default()), text, "what is as it should be stays in its place");
}

#[test]
fn several_of_ours_become_one_in_the_place_of_the_first() {
    let old = r#"{ "hooks": [ { "command": "/opt/tma1/bin/tma1 hook" } ] }"#;
    let text = format!(r#"{{ "hooks": {{ "Stop": [ {old}, 7, {old} ] }} }}"#);
    let new = after(&text, &[element()], &mut Memory::default());
    assert_eq!(
        new,
        format!(
            r#"{{ "hooks": {{ "Stop": [ {{ "hooks": [{{"type": "command", "command": "/opt/tma1/bin/tma1 hook --agent x", "timeout": 5}}] }}, 7 ] }} }}"#
        )
    );
}

#[test]
fn what_the_user_had_comes_back_and_what_they_changed_since_stays() {
    let put = Op::Set { at: keys(&["env", "A"]), value: "ours".into(), claim: Claim::Noted };
    let out = Op::Unset { at: keys(&["env", "A"]), claim: Claim::Noted };
    let mut memory = Memory::default();
    let text = r#"{"env": {"A": "\u006dine"}}"#;
    let new = after(text, std::slice::from_ref(&put), &mut memory);
    assert_eq!(new, r#"{"env": {"A": "ours"}}"#);
    assert_eq!(after(&new, std::slice::from_ref(&out), &mut memory.clone()), text);
    let changed = r#"{"env": {"A": "later"}}"#;
    assert_eq!(after(changed, std::slice::from_ref(&out), &mut memory), changed);
    let same = r#"{"env": {"A": "ours"}}"#;
    let mut memory = Memory::default();
    assert_eq!(after(same, &[put], &mut memory), same);
    assert_eq!(after(same, &[out], &mut memory), same, "it was the user's before us");
}

#[test]
fn an_upgrade_changes_only_what_differs() {
    let entry = |args: &[&str]| Op::Set {
        at: keys(&["mcpServers", "tma1"]),
        value: Value::table([
            ("command", Value::from("/opt/tma1/bin/tma1")),
            ("args", Value::array(args.iter().copied())),
        ]),
        claim: Claim::Known(Pick::new(ours)),
    };
    let text = "{\n  \"mcpServers\": {\n    \"tma1\": { \"args\": [\"mcp-serve\"], \"timeout\": 9, \"command\": \"/opt/tma1/bin/tma1\" }\n  }\n}";
    let new = after(text, &[entry(&["mcp"])], &mut Memory::default());
    assert_eq!(new, text.replace("mcp-serve", "mcp"));
}

#[test]
fn without_a_manifest_our_own_is_still_found() {
    let text = "{\n  \"a\": 1\n}";
    let new = after(text, &install("mcpServers"), &mut Memory::default());
    let out = after(&new, &uninstall("mcpServers"), &mut Memory::lost());
    assert!(out.starts_with(text.trim_end_matches("\n}")) && !out.contains("/opt/tma1"), "{out}");
    assert!(out.contains("OTEL_LOGS_EXPORTER"), "nobody can tell whose that is");
}

#[test]
fn something_else_in_our_place_is_an_error() {
    for text in [r#"{"hooks": []}"#, r#"{"hooks": {"Stop": {}}}"#, r#"{"hooks": "x"}"#, "[]", "3"] {
        let fault = edit(Some(text), &[element()], &mut Memory::default()).unwrap_err();
        assert!(fault.unfit, "{text}: {fault:?}");
    }
    for text in ["hooks = 1", "hooks = [1]", "[hooks]\nStop = 3", "[[hooks]]\n"] {
        let fault = apply(&mut Toml::open(Some(text)).unwrap(), &[element()], &mut Memory::default()).unwrap_err();
        assert!(fault.unfit, "{text}: {fault:?}");
    }
}

#[test]
fn a_broken_file_is_told_with_the_place() {
    let place = |text: &str| {
        let fault = Json::open(Some(text)).err().unwrap();
        (Place::of(text, fault.offset).to_string(), fault.what)
    };
    assert_eq!(
        place("{\r\n  \"a\": 1\r\n  \"b\": 2\r\n}"),
        ("3:3".into(), "`,` or `}` should stand here, not `\"`".into())
    );
    assert_eq!(place("\u{feff}{\"ö\" 1}"), ("1:6".into(), "`:` should stand here, not `1`".into()));
    assert_eq!(place("{\"a\": "), ("1:7".into(), "the file ends where a value should stand".into()));
    assert_eq!(place("{\"a\": \"x\n\"}").0, "1:7");
    assert_eq!(place("{\"a\": /* x\n\"}").0, "1:7");
    assert_eq!(place("{}{}").0, "1:3");
    assert_eq!(place("{,}").0, "1:2");
    assert_eq!(place("{\"a\": nul}").1, "`nul` is no value; text stands in quotes");
    assert_eq!(place(&"[".repeat(100_000)).0, "1:202");
    let toml = |text: &str| {
        let fault = Toml::open(Some(text)).err().unwrap();
        (Place::of(text, fault.offset).to_string(), fault.what)
    };
    assert_eq!(toml("a = 1\n\n[b]\nc = \n").0, "4:5");
    assert_eq!(toml("a = 1\nb = 2\na = 3\n").0, "3:1");
    assert_eq!(toml("[a]\n[a]\n").0, "2:2");
}

#[test]
fn toml_grows_in_the_way_it_is_written() {
    let set = |at: &[&str], value: Value| Op::Set { at: keys(at), value, claim: Claim::Noted };
    let grown = |text: &str, op: Op| match apply(&mut Toml::open(Some(text)).unwrap(), &[op], &mut Memory::default())
        .unwrap()
    {
        Done::Text(text) => text,
        Done::Gone => panic!("gone"),
    };
    let server = || Value::table([("command", "t")]);
    let at = ["mcp_servers", "tma1"];
    assert_eq!(grown("a = 1", set(&at, server())), "a = 1\n\n[mcp_servers.tma1]\ncommand = \"t\"");
    assert_eq!(grown("a = 1\r\n", set(&at, server())), "a = 1\r\n\r\n[mcp_servers.tma1]\r\ncommand = \"t\"\r\n");
    assert_eq!(
        grown("mcp_servers = { x = { command = 'y' } }", set(&at, server())),
        "mcp_servers = { x = { command = 'y' }, tma1 = { command = \"t\" } }"
    );
    assert_eq!(
        grown("  mcp_servers.x.command = 'y' # c\nb = 1\n", set(&at, server())),
        "  mcp_servers.x.command = 'y' # c\n  mcp_servers.tma1 = { command = \"t\" }\nb = 1\n"
    );
    assert_eq!(grown("[otel.x]\ny = 1\n", set(&["otel", "on"], true.into())), "[otel.x]\ny = 1\n\n[otel]\non = true\n");
    assert_eq!(
        grown("[otel]\na = 1 # c\n\n[z]\n", set(&["otel", "on"], true.into())),
        "[otel]\na = 1 # c\non = true\n\n[z]\n"
    );
    assert_eq!(
        grown("[[hooks.Stop]]\nmatcher = 'x'\n", element()),
        "[[hooks.Stop]]\nmatcher = 'x'\n\n[[hooks.Stop]]\nhooks = [{ type = \"command\", command = \"/opt/tma1/bin/tma1 hook --agent x\", timeout = 5 }]\n"
    );
    assert_eq!(
        grown(
            "x = [\n  'a', # c\n  'b' # d\n]\n",
            Op::Element { at: keys(&["x"]), list: List::Whole(Pick::new(|_| false)), value: "n".into() }
        ),
        "x = [\n  'a', # c\n  'b', # d\n  \"n\"\n]\n"
    );
}

#[test]
fn tables_that_codex_added_below_ours_go_with_it() {
    let text = "a = 1\n\n[mcp_servers.tma1]\ncommand = \"/opt/tma1/bin/tma1\"\n\n[mcp_servers.tma1.tools.x]\napproval = \"auto\"\n\n# mine\n[b]\nc = 1\n";
    let out = Op::Unset { at: keys(&["mcp_servers", "tma1"]), claim: Claim::Known(Pick::new(ours)) };
    let done = apply(&mut Toml::open(Some(text)).unwrap(), &[out], &mut Memory::default()).unwrap();
    assert_eq!(done, Done::Text("a = 1\n\n# mine\n[b]\nc = 1\n".into()));
}

#[test]
fn a_diff_reads_like_any_other() {
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n".to_owned();
    let new = old.replace("2\n", "2\nnew\n") + "end";
    let diff = unified("f", Some(&old), Some(&new));
    assert_eq!(
        diff,
        "--- f\n+++ f\n@@ -1,5 +1,6 @@\n 1\n 2\n+new\n 3\n 4\n 5\n@@ -9,3 +10,4 @@\n 9\n 10\n 11\n+end\n\\ No newline at end of file\n"
    );
    assert_eq!(unified("f", None, Some("a\n")), "--- /dev/null\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
}

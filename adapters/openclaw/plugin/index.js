// Tells tma1 what OpenClaw's agents do, one call of `tma1 hook` an event, and tells an agent what tma1 answers.
// Nothing here may fail or hold anybody up: some of these hooks stop the agent's work when they do.
import { spawn } from "node:child_process";

// The call ends within 300 ms; a machine that stands still gets a little more.
const PATIENCE_MS = 500;
const TEXT_LIMIT = 16 * 1024;
const VALUE_LIMIT = 64 * 1024;
const KEPT = 500;

const TOLD = [
  "session_start",
  "session_end",
  "before_tool_call",
  "after_tool_call",
  "agent_end",
  "before_compaction",
  "after_compaction",
  "subagent_spawned",
  "subagent_ended",
];

// What they give back changes what the agent does, so nothing may come back from them.
const UNAWAITED = new Set(["before_tool_call"]);

// Of the context only this: the rest may say who wrote from where.
const CONTEXT = [
  "sessionId",
  "sessionKey",
  "agentId",
  "runId",
  "workspaceDir",
  "modelProviderId",
  "modelId",
  "contextTokenBudget",
  "trigger",
  "requesterSessionKey",
];

// A name of OpenClaw's own, no path; and what the prompt says as well.
const LEFT_OUT = new Set(["transcriptPath", "currentUserMessage"]);

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const isScalar = (value) => ["string", "number", "boolean"].includes(typeof value);
const cut = (value) => (typeof value === "string" && value.length > TEXT_LIMIT ? value.slice(0, TEXT_LIMIT) : value);

// A value as JSON can have it, with long texts cut; too much of it becomes a text of its beginning.
function bounded(value) {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : cut(part)));
  if (text === undefined) return undefined;
  return text.length > VALUE_LIMIT ? text.slice(0, VALUE_LIMIT) : JSON.parse(text);
}

// What some hooks say and others do not, the newest of it.
class Memory extends Map {
  keep(key, value) {
    if (!key || value === undefined) return;
    this.delete(key);
    this.set(key, value);
    if (this.size > KEPT) this.delete(this.keys().next().value);
  }
}

// Of a session and of its run: which it is and where it works. Not every tool hook says that.
const sessions = new Memory();
// Of a sub-agent's conversation: whose it is, and what it is for.
const spawned = new Memory();
// Tools under way: one may call others, and their ids only name it.
const tools = new Memory();
// Runs that were asked for one more pass.
const held = new Memory();
// What a session was told: it is shown with the prompt that it came with, and OpenClaw does not keep it.
const shown = new Memory();
const AGAIN = 3;

// The first text says where the session is, the newest what changed.
function withEarlier(session, text) {
  const texts = [...(shown.get(session) ?? []), ...(text ? [text] : [])];
  if (texts.length > AGAIN) texts.splice(1, texts.length - AGAIN);
  shown.keep(session, texts);
  return texts.join("\n");
}

function whose(told) {
  const known =
    sessions.get(told.run_id) ?? sessions.get(told.session_id) ?? sessions.get(told.session_key ?? told.requester_session_key);
  told.session_id ??= known?.session_id;
  told.session_key ??= known?.session_key;
  told.cwd ??= told.workspace_dir ?? known?.cwd;
  if (!told.session_id) return;
  const here = { session_id: told.session_id, session_key: told.session_key, cwd: told.cwd };
  for (const key of [told.run_id, told.session_id, told.session_key]) sessions.keep(key, here);
}

// The session that a sub-agent works for, which may be a sub-agent's itself.
function parent(told) {
  told.subagent_label = spawned.get(told.session_key)?.label;
  let key = told.session_key;
  for (let depth = 0; spawned.has(key) && depth < 8; depth++) {
    key = spawned.get(key).by;
    told.parent_session_id = sessions.get(key)?.session_id ?? told.parent_session_id;
  }
}

// As OpenClaw puts a call's id into those of the calls within it.
const inAnId = (id) => id.trim().replace(/[^A-Za-z0-9_.:-]+/g, "_").slice(0, 120);

function within(name, told) {
  const id = told.tool_call_id;
  if (typeof id !== "string") return;
  const [, inside] = /^tool_search_code:(.+):\d+$/.exec(id) ?? [];
  const outer = inside?.endsWith(`:${told.tool_name}`) && tools.get(inside.slice(0, -told.tool_name.length - 1));
  if (outer) {
    told.parent_tool_call_id = outer.id;
    told.parent_tool_name = outer.name;
  } else if (name === "before_tool_call") {
    tools.keep(inAnId(id), { id, name: told.tool_name });
  }
}

function payload(name, event, context) {
  const told = { hook_event_name: name, timestamp: Date.now() };
  for (const key of CONTEXT) {
    if (isScalar(context[key])) told[snake(key)] = context[key];
  }
  if (isScalar(context.inputProvenance?.kind)) told.input_kind = context.inputProvenance.kind;
  for (const [key, value] of Object.entries(event)) {
    if (isScalar(value) && !LEFT_OUT.has(key)) told[snake(key)] = cut(value);
  }
  for (const key of ["params", "result", "error", "derivedPaths"]) {
    const value = event[key];
    if (value !== undefined && !isScalar(value)) told[snake(key)] = bounded(value);
  }
  if (name === "subagent_spawned") {
    spawned.keep(told.child_session_key, { by: told.requester_session_key, label: told.label });
    // The run is the child's, the news its parent's.
    delete told.run_id;
  }
  whose(told);
  parent(told);
  within(name, told);
  return told;
}

// What the hook prints, or nothing. It never rejects, and outlives the patience only on its own.
function call([program, ...args], name, body) {
  return new Promise((resolve) => {
    let printed = "";
    const done = () => {
      clearTimeout(timer);
      resolve(printed);
    };
    const timer = setTimeout(() => resolve(""), PATIENCE_MS);
    try {
      const child = spawn(program, [...args, "--event", name], {
        stdio: ["pipe", "pipe", "ignore"],
        windowsHide: true,
      });
      child.on("error", done);
      child.on("close", done);
      child.stdout.setEncoding("utf8");
      child.stdout.on("data", (piece) => (printed += piece));
      child.stdin.on("error", () => {});
      child.stdin.end(body);
    } catch {
      done();
    }
  });
}

function answered(printed) {
  try {
    const answer = JSON.parse(printed);
    return answer !== null && typeof answer === "object" ? answer : {};
  } catch {
    return {};
  }
}

export default {
  id: "tma1",
  name: "tma1",
  description: "Remembers what every coding agent on this machine did",
  register(api) {
    const hook = api.pluginConfig?.hook;
    if (!Array.isArray(hook) || hook.length === 0 || !hook.every((word) => typeof word === "string")) return;

    // What tma1 answers, and the session that it answers for.
    const tell = async (name, event, context, more) => {
      try {
        const told = { ...payload(name, event ?? {}, context ?? {}), ...more };
        return { ...answered(await call(hook, name, JSON.stringify(told))), session: told.session_id };
      } catch {
        return {};
      }
    };

    for (const name of TOLD) {
      api.on(name, (event, context) => {
        const told = tell(name, event, context).then(() => undefined);
        return UNAWAITED.has(name) ? undefined : told;
      });
    }

    api.on("before_prompt_build", async (event, context) => {
      const { additionalContext, session } = await tell("before_prompt_build", event, context);
      const text = withEarlier(session, typeof additionalContext === "string" ? additionalContext : "");
      return text ? { appendContext: text } : undefined;
    });

    api.on("before_agent_finalize", async (event, context) => {
      // OpenClaw does not say that it was us who asked for this pass.
      const run = event?.runId ?? context?.runId;
      const more = held.has(run) ? { stop_hook_active: true } : {};
      const { decision, reason } = await tell("before_agent_finalize", event, context, more);
      if (decision !== "block" || typeof reason !== "string" || !reason) return undefined;
      held.keep(run, true);
      const retry = { instruction: "See to this once, then finish.", idempotencyKey: "tma1", maxAttempts: 1 };
      return { action: "revise", reason, retry };
    });
  },
};

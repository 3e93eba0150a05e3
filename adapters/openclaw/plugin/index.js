// Tells tma1 what OpenClaw's agents do, one call of `tma1 hook` an event, and tells an agent what tma1 answers.
// Nothing here may fail or hold anybody up: some of these hooks stop the agent's work when they do.
import { spawn } from "node:child_process";

// The call ends within 300 ms; a machine that stands still gets a little more.
const PATIENCE_MS = 500;
const TEXT_LIMIT = 16 * 1024;
const VALUE_LIMIT = 64 * 1024;
const SESSIONS = 500;

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
const CONTEXT = ["sessionId", "sessionKey", "agentId", "runId", "workspaceDir", "modelProviderId", "modelId", "trigger"];

// A name of OpenClaw's own, no path.
const LEFT_OUT = new Set(["transcriptPath"]);

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const isScalar = (value) => ["string", "number", "boolean"].includes(typeof value);
const cut = (value) => (typeof value === "string" && value.length > TEXT_LIMIT ? value.slice(0, TEXT_LIMIT) : value);

// A value as JSON can have it, with long texts cut; too much of it becomes a text of its beginning.
function bounded(value) {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : cut(part)));
  if (text === undefined) return undefined;
  return text.length > VALUE_LIMIT ? text.slice(0, VALUE_LIMIT) : JSON.parse(text);
}

// Tool hooks do not say where their session works: what others said is kept for them.
const workspaces = new Map();

function workspace(session, told) {
  if (!session) return told;
  const known = told ?? workspaces.get(session);
  workspaces.delete(session);
  if (known) workspaces.set(session, known);
  if (workspaces.size > SESSIONS) workspaces.delete(workspaces.keys().next().value);
  return known;
}

function payload(name, event, context) {
  const told = { hook_event_name: name, timestamp: Date.now() };
  for (const key of CONTEXT) {
    if (isScalar(context[key])) told[snake(key)] = context[key];
  }
  for (const [key, value] of Object.entries(event)) {
    if (isScalar(value) && !LEFT_OUT.has(key)) told[snake(key)] = cut(value);
  }
  for (const key of ["params", "result", "error", "derivedPaths"]) {
    const value = event[key];
    if (value !== undefined && !isScalar(value)) told[snake(key)] = bounded(value);
  }
  told.cwd = workspace(told.session_id ?? told.session_key, told.cwd ?? told.workspace_dir);
  return JSON.stringify(told);
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

    const tell = async (name, event, context) => {
      try {
        return answered(await call(hook, name, payload(name, event ?? {}, context ?? {})));
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
      const { additionalContext } = await tell("before_prompt_build", event, context);
      return typeof additionalContext === "string" && additionalContext
        ? { appendContext: additionalContext }
        : undefined;
    });

    api.on("before_agent_finalize", async (event, context) => {
      const { decision, reason } = await tell("before_agent_finalize", event, context);
      if (decision !== "block" || typeof reason !== "string" || !reason) return undefined;
      const retry = { instruction: "See to this once, then finish.", idempotencyKey: "tma1", maxAttempts: 1 };
      return { action: "revise", reason, retry };
    });
  },
};

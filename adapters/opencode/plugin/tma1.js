// Tells tma1 what opencode's agents do, one call of `tma1 hook` an event, and puts what tma1 answers before the model.
// Nothing here may fail or hold anybody up: what some of these hooks throw refuses the agent's call.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

// The call ends within 300 ms; a machine that stands still gets a little more.
const PATIENCE_MS = 500;
const TEXT_LIMIT = 16 * 1024;
const VALUE_LIMIT = 64 * 1024;
const SESSIONS = 500;
const CALLS = 200;

// What of the bus is told; of the rest most only streams.
const TOLD = new Set([
  "session.idle",
  "session.compacted",
  "session.deleted",
  "session.error",
  "permission.asked",
  "permission.updated",
  "permission.replied",
]);

// Agents of opencode's own that no person speaks with.
const BESIDE = new Set(["title", "summary", "compaction"]);

// Whole files: half of one would be taken for another one.
const WHOLE = new Set(["content", "before", "after"]);

function cut(key, value) {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "string" || value.length <= TEXT_LIMIT) return value;
  return WHOLE.has(key) ? undefined : value.slice(0, TEXT_LIMIT);
}

// A value as JSON can have it, with long texts cut; too much of it becomes a text of its beginning.
function bounded(value) {
  const text = JSON.stringify(value, cut);
  if (text === undefined) return undefined;
  return text.length > VALUE_LIMIT ? text.slice(0, VALUE_LIMIT) : JSON.parse(text);
}

// Output matters at both ends: that is where compilers put the verdict.
function ends(text) {
  if (typeof text !== "string" || text.length <= TEXT_LIMIT) return text;
  const half = TEXT_LIMIT / 2;
  return `${text.slice(0, half)}\n...\n${text.slice(-half)}`;
}

// The newest of what was put in; the oldest make room.
class Recent extends Map {
  constructor(most) {
    super();
    this.most = most;
  }

  set(key, value) {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.most) this.delete(this.keys().next().value);
    return this;
  }
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

function added(printed) {
  try {
    const text = JSON.parse(printed)?.additionalContext;
    return typeof text === "string" ? text : "";
  } catch {
    return "";
  }
}

// The command stands beside this file, so that the file is the same everywhere.
function command() {
  try {
    const { hook } = JSON.parse(readFileSync(new URL("./tma1.json", import.meta.url), "utf8"));
    const isCommand = Array.isArray(hook) && hook.length > 0 && hook.every((word) => typeof word === "string");
    return isCommand ? hook : undefined;
  } catch {
    return undefined;
  }
}

class Teller {
  constructor(hook, { client, directory }) {
    this.hook = hook;
    this.client = client;
    this.directory = directory;
    // Of each session, as far as it was told: where it works, whose sub-agent it is, what its model holds.
    this.sessions = new Recent(SESSIONS);
    this.began = new Recent(CALLS);
    // What is to be said below a call that failed, and at the next opportunity.
    this.below = new Recent(CALLS);
    this.due = new Recent(SESSIONS);
    this.underWay = new Set();
  }

  known(id) {
    if (!this.sessions.has(id)) this.sessions.set(id, {});
    return this.sessions.get(id);
  }

  learn(info) {
    if (typeof info?.id !== "string") return;
    Object.assign(this.known(info.id), {
      above: info.parentID ?? null,
      directory: info.directory,
      version: info.version,
    });
  }

  // A session that began before this process did.
  async above(id) {
    const known = this.known(id);
    if (known.above === undefined) {
      known.above = null;
      const asked = Promise.resolve(this.client?.session?.get({ path: { id } })).then((found) => this.learn(found?.data));
      await Promise.race([asked.catch(() => {}), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    }
    return known.above;
  }

  async root(id) {
    let root = id;
    for (let steps = 0; steps < 16; steps++) {
      const above = await this.above(root);
      if (!above) break;
      root = above;
    }
    return root;
  }

  async body(name, id, more) {
    const root = await this.root(id);
    const { directory, version, window } = this.known(id);
    return JSON.stringify({
      hook_event_name: name,
      timestamp: Date.now(),
      session_id: id,
      root_session_id: root === id ? undefined : root,
      cwd: directory ?? this.directory,
      version,
      context_window: root === id ? window : undefined,
      ...more,
    });
  }

  async tell(name, id, more) {
    if (typeof id !== "string" || !id) return "";
    const work = this.body(name, id, more).then((body) => call(this.hook, name, body));
    this.underWay.add(work);
    try {
      return await work;
    } catch {
      return "";
    } finally {
      this.underWay.delete(work);
    }
  }

  // Titles and summaries are other models' work.
  asks({ sessionID, agent, model }) {
    if (BESIDE.has(agent?.name ?? agent)) return;
    this.known(sessionID).window = model?.limit?.context;
  }

  // What came for this session meanwhile, and what has come now.
  said(id, text) {
    const due = this.due.get(id);
    this.due.delete(id);
    return [due, text].filter(Boolean).join("\n\n");
  }

  async event(event) {
    const { type, properties } = event ?? {};
    const id = properties?.sessionID ?? properties?.info?.id;
    if (type === "session.created" || type === "session.updated") this.learn(properties.info);
    if (type === "session.created") {
      await this.tell(type, id, { info: bounded(properties.info) });
    } else if (type === "message.part.updated") {
      await this.failed(properties.part);
    } else if (TOLD.has(type)) {
      const permission = type.startsWith("permission.") ? bounded(properties) : undefined;
      const text = added(await this.tell(type, id, { permission, error: bounded(properties.error) }));
      if (text) this.due.set(id, this.said(id, text));
    }
  }

  // A call that fails has no other event.
  async failed(part) {
    if (part?.type !== "tool" || part.state?.status !== "error" || !this.began.has(part.callID)) return;
    this.began.delete(part.callID);
    const state = { ...part.state, input: bounded(part.state.input), error: ends(part.state.error) };
    const told = { type: "tool", tool: part.tool, callID: part.callID, state: { ...state, output: undefined } };
    const text = added(await this.tell("message.part.updated", part.sessionID, { part: told }));
    if (text) this.below.set(part.callID, text);
  }

  begins({ tool, sessionID, callID }, args) {
    const start = Date.now();
    this.began.set(callID, start);
    const state = { status: "running", input: bounded(args), time: { start } };
    this.tell("tool.execute.before", sessionID, { part: { type: "tool", tool, callID, state } });
  }

  async ended({ tool, sessionID, callID, args }, output) {
    if (!output) return;
    const end = Date.now();
    const start = this.began.get(callID) ?? end;
    this.began.delete(callID);
    // An MCP server's own result, in blocks.
    const blocks = Array.isArray(output.content) ? output.content : undefined;
    const texts = blocks?.filter((block) => block?.type === "text").map((block) => block.text);
    const { output: _, ...metadata } = output.metadata ?? {};
    const state = {
      status: blocks && output.isError ? "error" : "completed",
      input: bounded(args),
      output: ends(texts?.join("\n") ?? output.output),
      metadata: bounded(metadata),
      time: { start, end },
    };
    const told = { type: "tool", tool, callID, state };
    const text = this.said(sessionID, added(await this.tell("tool.execute.after", sessionID, { part: told })));
    if (!text) return;
    if (blocks) blocks.push({ type: "text", text });
    else output.output = `${output.output ?? ""}\n\n${text}`;
  }

  async prompted({ sessionID }, { message, parts }) {
    const last = parts.at(-1);
    if (!last) return;
    const told = parts.map((part) => (part.type === "text" ? { ...part, text: ends(part.text) } : reference(part)));
    const more = { message: bounded(message), parts: told, model: message?.model };
    const text = this.said(sessionID, added(await this.tell("chat.message", sessionID, more)));
    if (!text) return;
    // In the order of their ids they are shown.
    const id = `${parts.map((part) => part.id).sort().at(-1)}t`;
    parts.push({ id, sessionID, messageID: last.messageID, type: "text", text, synthetic: true });
  }

  async compacting({ sessionID }, output) {
    const text = await this.tell("experimental.session.compacting", sessionID, {});
    if (text.trim()) output.context.push(text);
  }

  // Below a call that failed, each time anew: here is the only place for it.
  async transform({ messages }) {
    if (this.underWay.size > 0) await Promise.allSettled(this.underWay);
    if (this.below.size === 0) return;
    for (const { parts } of messages) {
      parts.forEach((part, at) => {
        const text = part.type === "tool" && part.state?.status === "error" && this.below.get(part.callID);
        if (text) parts[at] = { ...part, state: { ...part.state, error: `${part.state.error}\n\n${text}` } };
      });
    }
  }
}

// What came with a prompt may be megabytes.
function reference(part) {
  const { url, ...rest } = part;
  return bounded(typeof url === "string" && url.startsWith("file:") ? part : rest);
}

// Whatever goes wrong goes wrong here.
const safely = (work) => async (input, output) => {
  try {
    await work(input, output);
  } catch {
    // It is ours to lose.
  }
};

export const Tma1 = async (input) => {
  const hook = command();
  if (!hook) return {};
  const teller = new Teller(hook, input);
  return {
    event: safely(({ event }) => teller.event(event)),
    "chat.params": safely((input) => teller.asks(input)),
    "chat.message": safely((input, output) => teller.prompted(input, output)),
    "tool.execute.before": safely((input, output) => teller.begins(input, output.args)),
    "tool.execute.after": safely((input, output) => teller.ended(input, output)),
    "experimental.session.compacting": safely((input, output) => teller.compacting(input, output)),
    "experimental.chat.messages.transform": safely((_, output) => teller.transform(output)),
    dispose: safely(() => Promise.allSettled(teller.underWay)),
  };
};

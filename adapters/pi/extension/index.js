// Tells tma1 what Pi does, one call of `tma1 hook` an event, and tells the agent what tma1 answers.
// Nothing here may fail or hold anybody up: what these handlers throw or give back changes what the agent does.
import { spawn } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

// The call ends within 300 ms; a machine that stands still gets a little more.
const PATIENCE_MS = 500;
const TEXT_LIMIT = 16 * 1024;
const VALUE_LIMIT = 64 * 1024;
// After the end of a run the client may try again, or sum up what went before.
const SETTLED_MS = 200;
// Folders above the client's program in which its package may say its version.
const PACKAGE_DEPTH = 4;

// What is handed on of an event, under the client's own names.
const FIELDS = {
  session_start: ["reason"],
  before_agent_start: ["prompt", "messageType"],
  tool_call: ["toolName", "toolCallId", "parentToolCallId", "input"],
  tool_result: ["toolName", "toolCallId", "parentToolCallId", "input", "content", "details", "isError"],
  agent_end: [],
  agent_before_settle: [],
  session_before_compact: ["reason"],
  session_compact: ["reason"],
  session_shutdown: ["reason"],
};

// The hook's program and arguments, as the installer wrote them beside this file.
function hookWords() {
  try {
    const { hook } = JSON.parse(readFileSync(new URL("./hook.json", import.meta.url), "utf8"));
    return Array.isArray(hook) && hook.length > 0 && hook.every((word) => typeof word === "string") ? hook : undefined;
  } catch {
    return undefined;
  }
}

// Of the client: its package lies above its program.
function clientVersion() {
  for (const program of [process.argv[1], process.execPath]) {
    try {
      let folder = dirname(realpathSync(program));
      for (let depth = 0; depth < PACKAGE_DEPTH; depth += 1, folder = dirname(folder)) {
        try {
          const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
          if (typeof name === "string" && name.endsWith("/pi-coding-agent")) return version;
        } catch {
          // Not this one.
        }
      }
    } catch {
      // A program without a file.
    }
  }
  return undefined;
}

// Of a long text its beginning and its end: what went wrong stands at the end.
const ends = (text) => `${text.slice(0, TEXT_LIMIT / 2)}\n[...]\n${text.slice(-TEXT_LIMIT / 2)}`;
const short = (text) => (text.length > TEXT_LIMIT ? ends(text) : text);

// A value as JSON can have it, with long texts cut; nothing where there is still too much of it. `onCut` is told of either.
function bounded(value, onCut) {
  const text = JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return String(part);
    if (typeof part !== "string" || part.length <= TEXT_LIMIT) return part;
    onCut();
    return ends(part);
  });
  if (text !== undefined && text.length <= VALUE_LIMIT) return JSON.parse(text);
  onCut();
  return undefined;
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

const isText = (value) => typeof value === "string" && value !== "";
const message = (content) => ({ customType: "tma1", content, display: false });

function textOf(response) {
  const blocks = Array.isArray(response?.content) ? response.content : [];
  const texts = blocks.filter((block) => block?.type === "text" && isText(block.text)).map((block) => block.text);
  return texts.join("\n\n");
}

export default function tma1(pi) {
  const hook = hookWords();
  if (!hook) return;
  const version = clientVersion();
  // The newest response of the model; whether this run was held back before; whether the client asks before it rests,
  // and whether it sums up what went before.
  let response;
  let held = false;
  let settles = false;
  let compacts = false;

  const payload = (name, event, context, more) => {
    const told = { type: name, timestamp: Date.now(), ...more };
    for (const key of FIELDS[name]) {
      if (event[key] !== undefined) told[key] = bounded(event[key], () => (told.cut = true));
    }
    const sessions = context.sessionManager;
    told.session_id = sessions?.getSessionId?.();
    told.transcript_path = sessions?.getSessionFile?.();
    told.cwd = context.cwd;
    told.version = version;
    told.provider = context.model?.provider;
    told.model = context.model?.id;
    told.context_window = context.model?.contextWindow;
    return JSON.stringify(told);
  };

  const underWay = new Set();
  const tell = async (name, event, context, more = {}) => {
    try {
      const printed = call(hook, name, payload(name, event ?? {}, context ?? {}, more));
      underWay.add(printed);
      void printed.then(() => underWay.delete(printed));
      return answered(await printed);
    } catch {
      return {};
    }
  };

  const on = (name, handler) => {
    try {
      pi.on(name, handler);
    } catch {
      // A client without that event.
    }
  };

  // Nobody waits for what is told before a call: what came back could only hinder it.
  on("tool_call", (event, context) => {
    void tell("tool_call", event, context, { response_at: response?.timestamp });
  });

  on("session_start", async (event, context) => {
    await tell("session_start", event, context);
  });

  // The last thing that is told: a client that only prints does not wait for the end of its run.
  on("session_shutdown", async (event, context) => {
    await Promise.all(underWay);
    await tell("session_shutdown", event, context);
  });

  on("session_before_compact", async (event, context) => {
    compacts = true;
    await tell("session_before_compact", event, context);
  });

  on("before_agent_start", async (event, context) => {
    // Of a run that we began ourselves, the end was held back already.
    if (event?.messageType !== "custom") held = false;
    compacts = false;
    const { additionalContext } = await tell("before_agent_start", event, context);
    return isText(additionalContext) ? { message: message(additionalContext) } : undefined;
  });

  on("message_end", (event) => {
    if (event?.message?.role === "assistant") response = event.message;
  });

  on("turn_end", (event) => {
    // Clients that let handlers have a say in how a turn ends ask again before the agent rests.
    settles = Array.isArray(event?.entries);
  });

  on("tool_result", async (event, context) => {
    const { additionalContext } = await tell("tool_result", event, context, { response_at: response?.timestamp });
    if (!isText(additionalContext) || !Array.isArray(event?.content)) return undefined;
    return { content: [...event.content, { type: "text", text: additionalContext }] };
  });

  on("session_compact", async (event, context) => {
    compacts = false;
    const { additionalContext } = await tell("session_compact", event, context);
    try {
      if (isText(additionalContext)) pi.sendMessage(message(additionalContext), { deliverAs: "nextTurn" });
    } catch {
      // The session went away meanwhile.
    }
  });

  // Why the agent is to go on, where it `can` and has not been held back before.
  const reasonToGoOn = async (name, event, context, can) => {
    const { decision, reason } = await tell(name, event, context, {
      last_assistant_message: short(textOf(response)) || undefined,
      stop_reason: response?.stopReason,
      stop_hook_active: held || !can,
    });
    if (decision !== "block" || !isText(reason) || held || !can) return undefined;
    held = true;
    return reason;
  };

  on("agent_before_settle", async (event, context) => {
    const can = Array.isArray(event?.entries);
    const reason = await reasonToGoOn("agent_before_settle", event, context, can);
    return reason && { entries: [...event.entries, { type: "custom_message", ...message(reason) }], continue: true };
  });

  // Older clients: the run is over. Where one waits for its person, another can begin; one that only prints ends now.
  on("agent_end", async (event, context) => {
    if (settles) return;
    const reason = await reasonToGoOn("agent_end", event, context, context?.hasUI === true);
    if (!reason) return;
    setTimeout(() => {
      try {
        if (compacts || !context.isIdle() || context.hasPendingMessages()) return;
        pi.sendMessage(message(reason), { triggerTurn: true });
      } catch {
        // The session went away meanwhile.
      }
    }, SETTLED_MS);
  });
}

"""The OpenAI services: Responses (`/responses`) and Chat Completions (`/chat/completions`), as streams or as JSON."""

import json
import time
import uuid

from .script import text_of
from .server import Handler


class OpenAI(Handler):
    def do_GET(self):
        if not self.route().endswith("/models"):
            return self.unknown(None)
        self.say(
            {"object": "list", "data": [{"id": "mock-model", "object": "model", "created": 0, "owned_by": "mock"}]}
        )

    def do_POST(self):
        body = self.json_body()
        chat = self.route().endswith("/chat/completions")
        if not chat and not self.route().endswith("/responses"):
            return self.unknown(body)
        said = body.get("messages") if chat else body.get("input")
        turn = self.take({"text": text_of(said), "tools": body.get("tools"), "body": body})
        (self.chat if chat else self.respond)(body, turn)

    # Responses

    def respond(self, body, turn):
        items = items_of(turn)
        usage = {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 120,
        }
        response = {
            "id": fresh("resp"),
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "model": body.get("model"),
            "output": [],
            "tools": [],
            "error": None,
            "incomplete_details": None,
        }
        done = dict(response, status="completed", output=items, usage=usage)
        if not body.get("stream"):
            return self.say(done)
        self.start_stream()
        self.event("response.created", response=response)
        for number, item in enumerate(items):
            self.item(number, item)
        self.event("response.completed", response=done)
        self.end_stream()

    def item(self, number, item):
        at = {"item_id": item["id"], "output_index": number}
        empty = {"message": {"content": []}, "function_call": {"arguments": ""}, "custom_tool_call": {"input": ""}}
        self.event("response.output_item.added", output_index=number, item=dict(item, **empty.get(item["type"], {})))
        if item["type"] == "message":
            part = item["content"][0]
            self.event("response.content_part.added", content_index=0, part=dict(part, text=""), **at)
            self.event("response.output_text.delta", content_index=0, delta=part["text"], **at)
            self.event("response.output_text.done", content_index=0, text=part["text"], **at)
            self.event("response.content_part.done", content_index=0, part=part, **at)
        elif item["type"] == "function_call":
            self.event("response.function_call_arguments.delta", delta=item["arguments"], **at)
            self.event("response.function_call_arguments.done", arguments=item["arguments"], **at)
        elif item["type"] == "custom_tool_call":
            self.event("response.custom_tool_call_input.delta", delta=item["input"], **at)
            self.event("response.custom_tool_call_input.done", input=item["input"], **at)
        self.event("response.output_item.done", output_index=number, item=item)

    def event(self, kind, **data):
        self.stream(dict(data, type=kind), kind)

    # Chat Completions

    def chat(self, body, turn):
        calls = [
            {
                "id": fresh("call"),
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["input"])},
            }
            for call in turn.get("calls") or []
        ]
        finish = "tool_calls" if calls else "stop"
        base = {"id": fresh("chatcmpl"), "created": int(time.time()), "model": body.get("model")}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        message = {"role": "assistant", "content": turn.get("text")}
        if not body.get("stream"):
            choice = {
                "index": 0,
                "message": dict(message, **({"tool_calls": calls} if calls else {})),
                "finish_reason": finish,
            }
            return self.say(dict(base, object="chat.completion", usage=usage, choices=[choice]))
        self.start_stream()
        deltas = [message] + [{"tool_calls": [dict(call, index=number)]} for number, call in enumerate(calls)]
        for delta, reason in [(delta, None) for delta in deltas] + [({}, finish)]:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            self.stream(dict(base, object="chat.completion.chunk", choices=[choice]))
        self.stream(dict(base, object="chat.completion.chunk", choices=[], usage=usage))
        self.stream("[DONE]")
        self.end_stream()


def fresh(prefix):
    return f"{prefix}_{uuid.uuid4().hex[:20]}"


def items_of(turn):
    items = []
    if turn.get("text"):
        items.append(
            {
                "type": "message",
                "id": fresh("msg"),
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": turn["text"], "annotations": []}],
            }
        )
    for call in turn.get("calls") or []:
        kind = call.get("kind", "function_call")
        item = {"type": kind, "id": fresh("item"), "call_id": fresh("call"), "status": "completed"}
        if kind == "tool_search_call":
            item.update(execution="client", arguments=call["input"])
        elif kind == "custom_tool_call":
            item.update(name=call["name"], input=call["input"])
        else:
            item.update(name=call["name"], arguments=json.dumps(call["input"]))
        if call.get("namespace"):
            item["namespace"] = call["namespace"]
        items.append(item)
    return items

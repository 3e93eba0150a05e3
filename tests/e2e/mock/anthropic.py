"""The Anthropic Messages service: `/v1/messages` as a stream or as JSON, and the counting of tokens."""

import json
import uuid

from .script import text_of
from .server import Handler


class Anthropic(Handler):
    def do_GET(self):
        self.say({"data": [], "has_more": False})

    def do_POST(self):
        body = self.json_body()
        if self.route().endswith("/count_tokens"):
            return self.say({"input_tokens": len(json.dumps(body)) // 4})
        if not self.route().endswith("/v1/messages"):
            return self.unknown(body)
        turn = self.take({"text": text_of(body.get("messages")), "tools": body.get("tools"), "body": body})
        blocks = blocks_of(turn)
        usage = {
            "input_tokens": 100,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 20,
        }
        stop = "tool_use" if turn.get("calls") else "end_turn"
        message = {
            "id": "msg_" + uuid.uuid4().hex[:24],
            "type": "message",
            "role": "assistant",
            "model": body.get("model"),
            "content": blocks,
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": usage,
        }
        if not body.get("stream"):
            return self.say(message)
        self.start_stream()
        self.event("message_start", message=dict(message, content=[], stop_reason=None))
        for number, block in enumerate(blocks):
            if block["type"] == "text":
                start, delta = dict(block, text=""), {"type": "text_delta", "text": block["text"]}
            else:
                start = dict(block, input={})
                delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            self.event("content_block_start", index=number, content_block=start)
            self.event("content_block_delta", index=number, delta=delta)
            self.event("content_block_stop", index=number)
        self.event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage=usage)
        self.event("message_stop")
        self.end_stream()

    def event(self, kind, **data):
        self.stream(dict(data, type=kind), kind)


def blocks_of(turn):
    blocks = [{"type": "text", "text": turn["text"]}] if turn.get("text") else []
    for call in turn.get("calls") or []:
        blocks.append(
            {"type": "tool_use", "id": "toolu_" + uuid.uuid4().hex[:24], "name": call["name"], "input": call["input"]}
        )
    return blocks

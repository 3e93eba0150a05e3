"""The Gemini service: `generateContent` as JSON or as a stream, and the counting of tokens."""

import json
import uuid

from .script import text_of
from .server import Handler


class Gemini(Handler):
    def do_GET(self):
        self.say({"models": []})

    def do_POST(self):
        body = self.json_body()
        route = self.route()
        if route.endswith(":countTokens"):
            return self.say({"totalTokens": len(json.dumps(body)) // 4})
        if "enerateContent" not in route:
            return self.unknown(body)
        turn = self.take({"text": text_of(body.get("contents")), "tools": body.get("tools"), "body": body})
        parts = [{"text": turn["text"]}] if turn.get("text") else []
        for call in turn.get("calls") or []:
            parts.append(
                {
                    "functionCall": {"id": uuid.uuid4().hex[:12], "name": call["name"], "args": call["input"]},
                    "thoughtSignature": "c2lnbmF0dXJl",
                }
            )
        model = route.rsplit("/", 1)[-1].split(":")[0]
        answer = {
            "modelVersion": model,
            "responseId": uuid.uuid4().hex[:16],
            "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 120},
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
        }
        if ":generateContent" in route:
            return self.say(answer)
        self.start_stream()
        self.stream(answer)
        self.end_stream()

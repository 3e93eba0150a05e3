"""What the model answers: one turn after the other, for the requests that belong to the prompt of the moment.

A turn is `{"text": "...", "calls": [call, ...]}`; a call `{"name": "Bash", "input": {...}}`, for Codex also with a
`kind` and a `namespace`. Everything else a client asks for beside the conversation (titles, warm-ups) gets a short
answer that uses no turn.
"""

import threading

FALLBACK = {"text": "Done."}


class Script:
    """The turns for one prompt, found again by a word in it."""

    def __init__(self, word=None, turns=()):
        self.word, self.turns = word, list(turns)
        self.used = 0
        self.lock = threading.Lock()

    def answer(self, view):
        """The number of the turn and the turn; no number where the request is none of the conversation."""
        if self.word is None or not view["tools"] or self.word not in view["text"]:
            return None, FALLBACK
        with self.lock:
            number = self.used
            self.used += 1
        return number, self.turns[number] if number < len(self.turns) else FALLBACK


def text_of(value):
    """All text in a JSON value, for searching."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(text_of(inner) for inner in value.values())
    if isinstance(value, list):
        return "\n".join(text_of(inner) for inner in value)
    return ""

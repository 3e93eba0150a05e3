"""The HTTP beneath every mock: bodies in, JSON and event streams out, each request kept for the checks."""

import gzip
import http.server
import json
import os
import sys
import threading
import urllib.parse

from .script import Script

SECRET = {"authorization", "x-api-key", "x-goog-api-key"}


class Model:
    """A model service that runs: its address, the script it follows, the requests that reached it."""

    def __init__(self, handler, folder):
        self.script = Script()
        self.requests = []
        self.folder = folder
        self.lock = threading.Lock()
        os.makedirs(folder, exist_ok=True)
        bound = type("Bound", (handler,), {"model": self})
        self.server = Server(("127.0.0.1", 0), bound)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def play(self, script):
        """Follows another script from now on; the requests of earlier ones are forgotten."""
        with self.lock:
            self.script, self.requests = script, []

    def conversation(self):
        """The requests that used a turn of the script, in order."""
        with self.lock:
            return [one for one in self.requests if one["turn"] is not None]

    def keep(self, handler, body, turn=None):
        headers = {name.lower(): value for name, value in handler.headers.items() if name.lower() not in SECRET}
        one = {"path": handler.path, "turn": turn, "headers": headers, "body": body}
        with self.lock:
            self.requests.append(one)
            number = len(os.listdir(self.folder)) + 1
            with open(os.path.join(self.folder, f"{number:04}.json"), "w") as file:
                json.dump(one, file, indent=1)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """One request; what a model service says is up to the classes built on this."""

    protocol_version = "HTTP/1.1"
    model = None

    def log_message(self, *args):
        pass

    def route(self):
        return urllib.parse.urlparse(self.path).path

    def json_body(self):
        if (self.headers.get("transfer-encoding") or "").lower() == "chunked":
            raw = b""
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                raw += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if (self.headers.get("content-encoding") or "").lower() == "gzip":
            raw = gzip.decompress(raw)
        try:
            return json.loads(raw or b"{}")
        except ValueError:
            return {}

    def take(self, view):
        """Asks the script for the turn that answers the request seen as `view`, and keeps the request."""
        number, turn = self.model.script.answer(view)
        self.model.keep(self, view["body"], number)
        return turn

    def do_HEAD(self):
        self.say({})

    def say(self, value, status=200):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def unknown(self, body):
        self.model.keep(self, body)
        self.say({"error": {"type": "not_found_error", "message": "not found", "code": 404}}, 404)

    def start_stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def stream(self, data, event=None):
        text = f"event: {event}\n" if event else ""
        text += f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"
        raw = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
        self.wfile.flush()

    def end_stream(self):
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        # A client that leaves in the middle of an answer is none.
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

"""A proxy that lets nothing through and remembers who wanted out: clients under test speak to this machine only."""

import http.server
import threading


class Fence:
    """`url` goes into the clients' proxy variables; `wanted` is what they asked for."""

    def __init__(self):
        self.wanted = []
        bound = type("Bound", (Refusal,), {"wanted": self.wanted})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def variables(self):
        here = "127.0.0.1,localhost,::1"
        names = {"HTTP_PROXY": self.url, "HTTPS_PROXY": self.url, "ALL_PROXY": self.url, "NO_PROXY": here}
        return dict(names, **{name.lower(): value for name, value in names.items()})

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Refusal(http.server.BaseHTTPRequestHandler):
    wanted = None

    def log_message(self, *args):
        pass

    def refuse(self):
        self.wanted.append(self.path)
        self.send_error(403)

    do_CONNECT = do_GET = do_HEAD = do_POST = do_PUT = refuse

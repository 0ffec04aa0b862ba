"""A server that answers as a test says, where Twilio would be."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Wire(ThreadingHTTPServer):
    """Answers every request with `answer` (status and body), or does what it says instead; keeps what was asked."""

    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.forms = (201, {"sid": "CA1", "status": "queued", "queue_time": "1500"}), []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.forms.append(parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self.server.answer == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return self.connection.close()
        if self.server.answer == "silence":
            return time.sleep(1)
        status, body = self.server.answer
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return self.wfile.write(content)

    do_GET = do_POST

    def log_message(self, *_):
        pass

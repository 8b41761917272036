"""A small server with OpenAI's chat interface on this computer, which behaves as well or badly as its kind says."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SAID = "I am a server. I live at a port. And I"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChatServer

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        if self.server.kind == "no_list":
            self.answer(404, b"{}")
        elif self.server.kind == "html":
            self.answer(200, b"<html>Hello</html>", "text/html")
        else:
            listed = [{"id": name, "object": "model"} for name in self.server.models]
            self.answer(200, json.dumps({"object": "list", "data": listed}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.paths.append(self.path)
        self.server.asked.append(body)
        self.server.keys.append(self.headers.get("Authorization"))
        kind = self.server.kind
        if kind in {"401", "403", "404", "405", "429", "503", "302"}:
            self.answer(int(kind), json.dumps({"error": {"message": "no"}}).encode(), location="http://192.0.2.1/")
        elif kind == "500":
            self.answer(500, json.dumps({"error": {"message": "out of\nmemory"}}).encode())
        elif kind == "500 text":
            self.answer(500, b"Internal Server Error", "text/plain")
        elif kind == "html":
            self.answer(200, b"<html>Hello</html>", "text/html")
        elif kind == "whole":
            message = {"choices": [{"message": {"content": self.server.said}, "finish_reason": "stop"}]}
            self.answer(200, json.dumps(message, indent=1).encode())
        elif kind == "silent":
            self.server.released.wait(60)
        else:
            self.stream(kind)

    def stream(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.chunk(b": waiting\n\nevent: message\n")
        self.event({"choices": [{"delta": {"role": "assistant", "content": ""}, "finish_reason": None}]})
        words = self.server.said.split(" ")
        for number, word in enumerate(words):
            if kind == "garbage" and number == 5:
                self.chunk(b"data: {not json\n\n")
            if kind == "error" and number == 5:
                self.event({"error": {"message": "context full"}})
                return
            if kind == "die" and number == 5:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            if kind == "end early" and number == 5:
                self.chunk(b"")
                return
            if kind == "hang" and number == 5:
                self.server.released.wait(60)
                return
            if kind == "slow":
                time.sleep(0.05)
            text = word if number == 0 else f" {word}"
            try:
                self.event({"choices": [{"delta": {"content": text}, "finish_reason": None}]})
            except OSError:
                self.server.broken.set()  # whoever asked has gone
                return
            self.server.sent += 1
        reason = "length" if kind == "length" else "stop"
        if kind != "no reason":
            self.event({"choices": [{"delta": {}, "finish_reason": reason}]})
        self.event({"choices": [], "usage": {}})
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def event(self, content: Any) -> None:
        self.chunk(b"data: " + json.dumps(content).encode() + b"\n\n")

    def chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def answer(self, status: int, content: bytes, kind: str = "application/json", location: str = "") -> None:
        self.send_response(status)
        if location and status == 302:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


class ChatServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind = "talk"
        self.said = SAID
        self.models = ["first", "second"]
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.sent = 0
        self.released = threading.Event()
        self.broken = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        self.broken.set()


@contextmanager
def running() -> Iterator[ChatServer]:
    """A server for as long as the block runs."""
    with ChatServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()

"""A language model behind a server with OpenAI's chat interface: Ollama, llama.cpp, LM Studio, vLLM and their like.

Interface: OpenAI's API reference, “Chat completions” and “Models”; streaming by server-sent events (WHATWG HTML,
section 9.2). The standard library alone, no proxy and no redirect: what is said goes to the address and nowhere else.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import queue
import socket
import threading
import time
import urllib.parse
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..core.errors import ServerError, TextError
from ..core.progress import CancelEvent, check_cancel
from .dialogue_format import earlier_turns, join_unanswered
from .persona import ALPHSISTANT, Persona, Turn
from .reply_sentences import CHARACTERS_PER_SECOND, clean_prompt
from .sentence_stream import Written, sentences_of, worth_saying

DEFAULT_ADDRESS: Final = "http://localhost:11434"
"""Ollama's. llama.cpp listens at port 8080, LM Studio at 1234, vLLM at 8000, as their documentation says."""

CONNECT_SECONDS: Final = 5.0
FIRST_SECONDS: Final = 120.0
"""To the first word: a server may have to load the model from disk."""
NEXT_SECONDS: Final = 30.0
"""From one word to the next."""
LIST_SECONDS: Final = 10.0
MOST_ATTEMPTS: Final = 2
"""A reply that is empty or an echo is asked for once more, with another seed."""
MOST_TOKENS: Final = 2048
"""A reasoning model thinks at length before its two sentences; the connection is closed when those are there."""
MOST_CHARACTERS: Final = 8_000
"""Of persona, history and prompt: about 2,000 tokens, which every server's context holds."""
_MOST_LINE_BYTES: Final = 1 << 20
_MOST_LIST_BYTES: Final = 4 << 20
_LOOK_SECONDS: Final = 0.03
"""Time between two looks at the cancel event."""
_SCHEMES: Final[dict[str, type[http.client.HTTPConnection]]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
_EMBEDDING: Final = ("embed", "bge-", "minilm", "rerank")
"""In the names of embedding models, such as “nomic-embed-text”, “all-minilm” and “bge-m3” of Ollama's library."""
_EVENT: Final = b"data:"
_DONE: Final = b"[DONE]"
_SILENT: Final = (b":", b"event:", b"id:", b"retry:")
"""Begin lines that say nothing of the text: comments that keep the connection alive, and fields of events."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and what is asked of it."""

    address: str = DEFAULT_ADDRESS
    model: str = ""
    """One of its models; empty for the first of its list."""
    key: str = ""
    """Sent to the server where it asks for one."""
    allow_network: bool = False
    """Whether the address may be another computer's."""


class ServerModel:
    """A language model on a server, which answers in whole sentences as ``LanguageModel`` does."""

    def __init__(self, server: Server) -> None:
        """Nothing is asked of the server yet.

        Raises:
            ServerError: address or key is none, or the address is another computer's without permission.
        """
        if not (server.key.isascii() and server.key.isprintable()):
            raise ServerError("The key for the server holds signs that no key has: copy it again.")
        self._server = server
        self._scheme, self._host, self._port, self._path = _parts(server)
        self._model = server.model

    def reply(
        self,
        prompt: str,
        history: Sequence[Turn] = (),
        *,
        persona: Persona | None = None,
        seed: int = 0,
        max_seconds: float = 20.0,
        cancel: CancelEvent | None = None,
    ) -> Iterator[str]:
        """Answer in whole sentences, each yielded as soon as it is written.

        Arguments are those of ``LanguageModel.reply``. Whether the same seed gives the same reply is the server's
        matter.

        Raises:
            TextError: the prompt holds no words, or no usable reply came.
            ServerError: the server is not there, refuses, hangs, or breaks off.
            Cancelled: the event was set; the connection is closed within 0.1 s.
        """
        history, prompt = join_unanswered(history, clean_prompt(prompt, MOST_CHARACTERS))
        asked = clean_prompt(prompt, MOST_CHARACTERS)
        who = persona or ALPHSISTANT
        earlier = earlier_turns((*who.turns, *history), MOST_CHARACTERS)
        said_before = earlier[-1][1] if earlier else ""
        messages = _messages(who, earlier, asked)

        def attempts() -> Iterator[str]:
            for attempt in range(MOST_ATTEMPTS):
                said = False
                written = self._written(messages, (seed * MOST_ATTEMPTS + attempt) % 2**31, cancel)
                with contextlib.closing(written):
                    for sentence in worth_saying(
                        sentences_of(written),
                        asked=asked,
                        said_before=said_before,
                        most_characters=max_seconds * CHARACTERS_PER_SECOND,
                        last_attempt=attempt == MOST_ATTEMPTS - 1,
                    ):
                        said = True
                        yield sentence
                if said:
                    return
            raise TextError("The language model found no answer: ask in other words, or choose another seed.")

        return attempts()

    def models(self, cancel: CancelEvent | None = None) -> tuple[str, ...]:
        """Names of the server's models, as it lists them.

        Raises:
            ServerError: it has no list, or none of the interface's form.
        """
        with self._asked("GET", "/models", None, LIST_SECONDS, cancel) as exchange:
            content = b"".join(exchange.lines(LIST_SECONDS, LIST_SECONDS))
        try:
            names = tuple(str(entry["id"]) for entry in json.loads(content)["data"])
        except (ValueError, KeyError, TypeError) as error:
            raise ServerError(self._no_interface) from error
        return names

    def _written(self, messages: list[dict[str, str]], seed: int, cancel: CancelEvent | None) -> Generator[Written]:
        """The text so far, after each event."""
        if not self._model:
            listed = [name for name in self.models(cancel) if not _only_embeds(name)]
            if not listed:
                raise ServerError(f"The server at “{self._server.address}” has no model yet: load one into it first.")
            self._model = listed[0]
        body = {
            "model": self._model,
            "messages": messages,
            "stream": True,
            "seed": seed,
            "max_tokens": MOST_TOKENS,
        }
        text = ""
        with self._asked("POST", "/chat/completions", body, FIRST_SECONDS, cancel) as exchange:
            lines = exchange.lines(FIRST_SECONDS, NEXT_SECONDS)
            for line in lines:
                if line.startswith(b"{"):  # a server that does not stream: the whole answer, or an error
                    line = b"".join((line, *lines))  # noqa: PLW2901
                elif not line.startswith(_EVENT):
                    if line.startswith(_SILENT) or not line.strip():
                        continue
                    raise ServerError(self._no_interface)
                data = line.removeprefix(_EVENT).strip()
                if data == _DONE:
                    yield text, True
                    return
                more, reason = self._read(data)
                text += more
                yield text, reason == "stop"
                if reason is not None:
                    return
        raise ServerError(f"The server at “{self._server.address}” broke off in the middle of its reply: try again.")

    def _read(self, data: bytes) -> tuple[str, str | None]:
        """Text of an event (or of a whole answer that was not streamed), and why it is the last one."""
        try:
            event = json.loads(data)
            if "error" in event:
                raise ServerError(self._failed(event))
            if not event["choices"]:
                return "", None  # figures about the use of tokens
            choice = event["choices"][0]
            said = choice.get("delta") or choice.get("message") or {}
            return str(said.get("content") or ""), choice.get("finish_reason")
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise ServerError(self._no_interface) from error

    @contextlib.contextmanager
    def _asked(
        self, method: str, path: str, body: Any, seconds: float, cancel: CancelEvent | None
    ) -> Iterator[_Exchange]:
        """Send a request and give its answer once it is there and well.

        Raises:
            ServerError: the server is not there, or refuses.
        """
        check_cancel(cancel)
        connection = _SCHEMES[self._scheme](self._host, self._port, timeout=CONNECT_SECONDS)
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        if self._server.key:
            headers["Authorization"] = f"Bearer {self._server.key}"
        content = None if body is None else json.dumps(body).encode()
        exchange = _Exchange(self._server.address, cancel)
        with exchange.begun(connection, method, self._path + path, content, headers):
            status, refusal = exchange.status(seconds)
            if status != http.client.OK:
                raise ServerError(self._refused(status, refusal))
            yield exchange

    def _refused(self, status: int, content: bytes) -> str:
        address = self._server.address
        if status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
            return f"The server at “{address}” asks for a key: write the right one into the preferences."
        if status == http.client.NOT_FOUND and self._model:
            return (
                f"The server at “{address}” has no model “{self._model}”, or no chat interface of OpenAI's kind: "
                "choose one of its list in the preferences."
            )
        if status in {http.client.TOO_MANY_REQUESTS, http.client.SERVICE_UNAVAILABLE}:
            return f"The server at “{address}” is busy or still loading its model: try again in a moment."
        if status in {http.client.NOT_FOUND, http.client.METHOD_NOT_ALLOWED} or status < http.client.BAD_REQUEST:
            return self._no_interface
        try:
            return self._failed(json.loads(content))
        except ValueError:
            return f"The server at “{address}” answers with error {status}: its own log says why."

    def _failed(self, answer: Any) -> str:
        error = answer.get("error", "") if isinstance(answer, dict) else ""
        said = error.get("message", "") if isinstance(error, dict) else error
        words = " ".join(str(said).split())[:200] or "no reason given"
        return f"The server at “{self._server.address}” could not answer: {words}"

    @property
    def _no_interface(self) -> str:
        return f"What answers at “{self._server.address}” has no chat interface of OpenAI's kind: is the address right?"


class _Exchange:
    """One request and its answer, on a thread of its own, so that whoever waits can leave at any moment."""

    def __init__(self, address: str, cancel: CancelEvent | None) -> None:
        self._address = address
        self._cancel = cancel
        self._events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        """``status``: number, and content if it is no good one. ``line``: bytes. ``end``: an exception or ``None``."""
        self._left = threading.Event()

    @contextlib.contextmanager
    def begun(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: Any
    ) -> Iterator[None]:
        """Do it while the block runs; at its end the connection is closed, whatever the server is doing."""
        arguments = (connection, method, path, body, headers)
        threading.Thread(target=self._run, args=arguments, name="chat server", daemon=True).start()
        try:
            yield
        finally:
            self._left.set()
            sock = connection.sock
            if sock is not None:
                with contextlib.suppress(OSError):  # it is closed already
                    sock.shutdown(socket.SHUT_RDWR)  # the thread that reads is woken by this, and closes

    def status(self, seconds: float) -> tuple[int, bytes]:
        """Wait for the answer's status, and for its content where that is a refusal."""
        kind, value = self._next(seconds)
        if kind == "status":
            status, content = value
            return status, content
        raise ServerError(_why(self._address, value)) from value

    def lines(self, first_seconds: float, next_seconds: float) -> Iterator[bytes]:
        """Wait for the lines of the answer."""
        seconds = first_seconds
        while True:
            kind, value = self._next(seconds)
            if kind == "end":
                if value is not None:
                    raise ServerError(_why(self._address, value)) from value
                return
            yield value
            seconds = next_seconds

    def _next(self, seconds: float) -> tuple[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            check_cancel(self._cancel)
            try:
                return self._events.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise ServerError(
                        f"The server at “{self._address}” has not answered for {seconds:.0f} seconds: "
                        "look whether it is still well, or choose a smaller model."
                    ) from None

    def _run(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: Any
    ) -> None:
        """Send and read; on the thread. It waits as long as it takes, since the other side closes the connection."""
        try:
            connection.connect()
            if self._left.is_set():
                return
            connection.sock.settimeout(None)
            connection.request(method, path, body, headers)
            with connection.getresponse() as response:
                refused = response.status != http.client.OK
                content = response.read(_MOST_LINE_BYTES) if refused else b""
                self._events.put(("status", (response.status, content)))
                total = 0
                while not refused and (line := response.readline(_MOST_LINE_BYTES)):
                    total += len(line)
                    self._events.put(("line", line))
                    if self._left.is_set() or total > _MOST_LIST_BYTES:
                        break
            self._events.put(("end", None))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._events.put(("end", error))
        finally:
            connection.close()


def _only_embeds(name: str) -> bool:
    """Say whether a model turns text into numbers, by its name: servers list such models with those that write."""
    return any(part in name.lower() for part in _EMBEDDING)


def _messages(who: Persona, earlier: Sequence[Turn], asked: str) -> list[dict[str, str]]:
    """Write the messages: as many of the last turns as have room."""
    system = who.system[: MOST_CHARACTERS // 2]
    room = MOST_CHARACTERS - len(system) - len(asked)
    talk: list[dict[str, str]] = []
    for human, answer in reversed(earlier):
        room -= len(human) + len(answer)
        if room < 0:
            break
        talk[:0] = [{"role": "user", "content": human}, {"role": "assistant", "content": answer}]
    return [{"role": "system", "content": system}, *talk, {"role": "user", "content": asked}]


def _parts(server: Server) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path of the address; the interface is below ``/v1`` where it names no path.

    Raises:
        ServerError: it is no address, or another computer's without permission.
    """
    written = server.address.strip()
    try:
        parts = urllib.parse.urlsplit(written if "://" in written else f"http://{written}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in _SCHEMES or parts.username is not None:
        raise ServerError(f"“{written}” is no address of a server: write one such as {DEFAULT_ADDRESS}.")
    if not server.allow_network and not _is_loopback(host):
        raise ServerError(
            f"“{host}” is another computer: what is said would go there. Allow other computers in the preferences, and "
            "Blender's online access, if that is meant."
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions").removesuffix("/models")
    return parts.scheme, host, port, path or "/v1"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _why(address: str, error: Exception | None) -> str:
    """Say in a sentence why a connection came to nothing."""
    match error:
        case ConnectionRefusedError():
            return f"There is no server at “{address}”: start it, or correct the address in the preferences."
        case socket.gaierror():
            return f"The name in “{address}” is not known: correct the address in the preferences."
        case OSError() if type(error).__module__ == "ssl":  # a certificate's error is a ``ValueError`` too
            return f"The connection to “{address}” cannot be made safe: is it “https”, and is the certificate valid?"
        case TimeoutError():
            return f"The server at “{address}” cannot be reached: is it on, and is the address right?"
        case http.client.HTTPException() | ValueError():
            return f"What answers at “{address}” does not speak HTTP: is the address right?"
    reason = getattr(error, "strerror", None) or "it ended"
    return f"The connection to the server at “{address}” broke off ({reason}): try again."

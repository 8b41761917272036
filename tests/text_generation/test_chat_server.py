"""Language models behind a server: asked as the interface says, streamed, cancelled, and every failure a sentence."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from chat_server_fake import ChatServer, running

from alphsistant_addon.core.errors import Cancelled, ServerError, TextError
from alphsistant_addon.text_generation import Persona, chat_server
from alphsistant_addon.text_generation.chat_server import MOST_CHARACTERS, Server, ServerModel

MARA = Persona("Mara", "Keeps a lighthouse.", "", "Who goes there?")


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with running() as server:
        yield server
    deadline = time.monotonic() + 2
    while [thread for thread in threading.enumerate() if thread.name == "chat server"]:
        assert time.monotonic() < deadline, "a thread is left"
        time.sleep(0.01)


def said(server: ChatServer, prompt: str = "Who are you?", **options: Any) -> list[str]:
    return list(ServerModel(Server(server.address)).reply(prompt, **options))


def test_it_is_asked_as_the_interface_says(server: ChatServer):
    model = ServerModel(Server(server.address, "second", "s3cret"))
    history = [("Hi.", "Hm."), ("Interrupted?", "I was abo…")]
    assert list(model.reply("Who are you?", history, persona=MARA, seed=3)) == [
        "I am a server.",
        "I live at a port.",
        "And I.",
    ]
    (asked,) = server.asked
    assert (asked["model"], asked["stream"], asked["seed"]) == ("second", True, 6)
    assert asked["messages"] == [
        {"role": "system", "content": MARA.system},
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Who goes there?"},
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Hm."},
        {"role": "user", "content": "Who are you?"},
    ]
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == ["Bearer s3cret"]


def test_words_that_were_never_answered_are_asked_with_the_new_ones(server: ChatServer):
    said(server, "And what is yours?", history=[("My name is Tom.", "")])
    assert server.asked[-1]["messages"][-1] == {"role": "user", "content": "My name is Tom. And what is yours?"}


def test_without_a_name_the_first_model_is_taken_and_kept(server: ChatServer):
    model = ServerModel(Server(f"{server.address}/api/"))
    assert model.models() == ("first", "second")
    list(model.reply("Who are you?"))
    list(model.reply("Who are you?"))
    assert [asked["model"] for asked in server.asked] == ["first", "first"]
    assert server.paths.count("/api/models") == 2
    assert server.keys == [None, None]


@pytest.mark.parametrize("name", ["text-embedding-nomic-embed-text-v1.5", "all-minilm:latest", "bge-m3"])
def test_models_that_only_embed_are_passed_over(server: ChatServer, name: str):
    server.models = [name, "second"]
    said(server)
    assert server.asked[-1]["model"] == "second"
    server.models = [name]
    with pytest.raises(ServerError, match="no model yet"):
        said(server)


def test_a_sentence_is_there_before_the_reply_is(server: ChatServer):
    server.kind = "slow"
    reply = ServerModel(Server(server.address)).reply("Who are you?")
    assert next(reply) == "I am a server."
    assert server.sent < 7
    reply.close()
    assert server.broken.wait(2), "the connection is closed with the reply"


def test_a_long_reply_is_left_when_it_is_long_enough(server: ChatServer):
    server.kind, server.said = (
        "slow",
        "This sentence has forty characters, yes. Another one that is as long as this. " * 9,
    )
    started = time.monotonic()
    assert len(said(server, max_seconds=3)) == 1
    assert time.monotonic() - started < 2
    assert server.broken.wait(2)


@pytest.mark.parametrize("kind", ["whole", "no reason"])
def test_other_ways_to_answer(server: ChatServer, kind: str):
    server.kind = kind
    assert said(server) == ["I am a server.", "I live at a port.", "And I."]


def test_a_reply_cut_off_by_the_server_s_limit_loses_its_last_half_sentence(server: ChatServer):
    server.kind = "length"
    assert said(server) == ["I am a server.", "I live at a port."]


def test_an_empty_reply_is_asked_for_once_more(server: ChatServer):
    server.said = "..."
    with pytest.raises(TextError, match="another seed"):
        said(server, seed=5)
    assert [asked["seed"] for asked in server.asked] == [10, 11]


def test_thoughts_are_not_spoken(server: ChatServer):
    server.said = "<think> They greet me. I greet them. </think> Good day."
    assert said(server) == ["Good day."]


def test_the_oldest_turns_are_left_out(server: ChatServer):
    said(server, persona=Persona("Mara", "d" * 7000, "m" * 7000), history=[("Before?", "Yes.")])
    contents = [message["content"] for message in server.asked.pop()["messages"]]
    assert sum(map(len, contents)) <= MOST_CHARACTERS
    assert "Before?" in contents
    history = [(f"question {i}?", "long answer " * 100) for i in range(20)]
    said(server, history=history)
    contents = [message["content"] for message in server.asked[0]["messages"]]
    assert sum(map(len, contents)) <= MOST_CHARACTERS
    assert "question 19?" in contents
    assert "question 0?" not in contents


def test_a_long_persona_leaves_room_for_the_talk(server: ChatServer):
    said(server, history=[("My name is Ann.", "Hello, Ann.")], persona=Persona("Mara", "d" * 8000, "m" * 8000))
    contents = [message["content"] for message in server.asked[0]["messages"]]
    assert contents[1:] == ["My name is Ann.", "Hello, Ann.", "Who are you?"]


def test_a_connection_that_cannot_be_made_safe(server: ChatServer):
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    assert "cannot be made safe" in chat_server._why("https://a", error)
    with pytest.raises(ServerError, match="cannot be made safe"):
        ServerModel(Server(server.address.replace("http", "https"))).models()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("401", "asks for a key"),
        ("403", "asks for a key"),
        ("404", "has no model “m”"),
        ("405", "no chat interface"),
        ("302", "no chat interface"),
        ("429", "busy"),
        ("503", "busy"),
        ("500", "could not answer: out of memory"),
        ("500 text", "error 500"),
        ("html", "no chat interface"),
        ("garbage", "no chat interface"),
        ("error", "could not answer: context full"),
        ("die", "broke off"),
        ("end early", "broke off in the middle"),
    ],
)
def test_every_failure_is_a_sentence(server: ChatServer, kind: str, sentence: str):
    server.kind = kind
    with pytest.raises(ServerError, match=sentence):
        list(ServerModel(Server(server.address, "m")).reply("Who are you?"))


def test_nobody_there(server: ChatServer):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServerError, match="There is no server"):
        list(ServerModel(Server(address, "m")).reply("Hi there."))
    server.models = []
    with pytest.raises(ServerError, match="no model yet"):
        said(server)
    server.kind = "html"
    with pytest.raises(ServerError, match="no chat interface"):
        ServerModel(Server(server.address)).models()
    server.kind = "no_list"
    with pytest.raises(ServerError, match="no chat interface"):
        ServerModel(Server(server.address)).models()


def test_something_that_speaks_no_http():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(ServerError, match="does not speak HTTP"):
            list(ServerModel(Server(f"127.0.0.1:{listener.getsockname()[1]}", "m")).reply("Hi there."))
        thread.join()


@pytest.mark.parametrize("kind", ["silent", "hang"])
def test_a_server_that_hangs_is_given_up(server: ChatServer, kind: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chat_server, "FIRST_SECONDS", 0.3)
    monkeypatch.setattr(chat_server, "NEXT_SECONDS", 0.3)
    server.kind = kind
    with pytest.raises(ServerError, match="has not answered for"):
        list(ServerModel(Server(server.address, "m")).reply("Who are you?"))


@pytest.mark.parametrize("kind", ["silent", "hang", "slow"])
def test_a_cancel_takes_a_tenth_of_a_second(server: ChatServer, kind: str):
    server.kind = kind
    cancel = threading.Event()
    cancelled_at: list[float] = []

    def cancel_now() -> None:
        cancelled_at.append(time.monotonic())
        cancel.set()

    timer = threading.Timer(0.3, cancel_now)
    timer.start()
    with pytest.raises(Cancelled):
        list(ServerModel(Server(server.address, "m")).reply("Who are you?", cancel=cancel))
    assert time.monotonic() - cancelled_at[0] < 0.1
    timer.join()


@pytest.mark.parametrize(
    "address", ["http://192.168.1.5:11434", "https://api.example.org/v1", "http://localhost.example.org", "10.0.0.1:80"]
)
def test_another_computer_needs_permission(address: str):
    with pytest.raises(ServerError, match="another computer"):
        ServerModel(Server(address))
    ServerModel(Server(address, allow_network=True))


@pytest.mark.parametrize("address", ["localhost:1234", "http://127.0.0.1", "http://[::1]:8080/v1", "127.5.5.5"])
def test_this_computer_needs_none(address: str):
    ServerModel(Server(address))


@pytest.mark.parametrize(
    "address", ["", "http://", "ftp://localhost", "http://localhost:99999", "http://a@localhost", "http://["]
)
def test_no_address(address: str):
    with pytest.raises(ServerError, match="no address"):
        ServerModel(Server(address, allow_network=True))


def test_a_key_cannot_smuggle_headers():
    with pytest.raises(ServerError, match="no key has"):
        ServerModel(Server(key="a\r\nX: y"))


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("http://localhost:1", "/v1"),
        ("http://localhost:1/", "/v1"),
        ("http://localhost:1/v1/", "/v1"),
        ("http://localhost:1/v1/chat/completions", "/v1"),
        ("http://localhost:1/openai/v1", "/openai/v1"),
    ],
)
def test_the_path_of_the_interface(address: str, path: str):
    assert ServerModel(Server(address))._path == path


def test_no_proxy_is_asked(server: ChatServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:9")
    assert said(server)

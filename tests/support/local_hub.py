"""A local HTTP server with the Hugging Face hub's layout, and a tiny encoder to put on it."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import huggingface_hub
import pytest

_LARGE = (".safetensors", ".bin")
_BLOCK = 1 << 14


@dataclass
class Revision:
    """What a commit holds, and the commits before it, newest first."""

    files: dict[str, bytes]
    commits: list[str]


@dataclass
class LocalHub:
    """The server's state; tests change it and read what was asked.

    Args:
        revisions: by (repository, revision): `main`, `refs/pr/1`; commits can be asked for too.
        requests: "METHOD path" and the Range header of each request, in order.
        sent: bytes of content sent, by file name.
        drop_after: by file name, for each of the next requests the bytes after which the line breaks.
        altered: files whose content is served with one bit flipped.
        hold_after: by file name, bytes after which the server sets `held` and waits until `release` is set.
    """

    address: str = ""
    revisions: dict[tuple[str, str], Revision] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    drop_after: dict[str, list[int]] = field(default_factory=dict)
    altered: set[str] = field(default_factory=set)
    hold_after: dict[str, int] = field(default_factory=dict)
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    bot: str = "SFconvertbot"
    licence: str | None = "apache-2.0"

    def put(self, repository: str, files: dict[str, bytes], revision: str = "main") -> None:
        """Commit `files` at `revision`; a pull request stands on the present main."""
        content = json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()})
        commit = hashlib.sha1(f"{repository} {revision} {content}".encode()).hexdigest()
        before = self.revisions.get((repository, "main"))
        state = Revision(dict(files), [commit, *(before.commits if before else [])])
        self.revisions[repository, revision] = self.revisions[repository, commit] = state

    def ranges(self, name: str) -> list[str | None]:
        """The Range header of every request for this file's content, in order."""
        return [
            asked for line, asked in self.requests if line.startswith("GET /cdn/") and line.endswith(name)
        ]


def read_folder(folder: Path) -> dict[str, bytes]:
    """A folder's files, as `LocalHub.put` takes them."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.hub.requests.append((f"{self.command} {self.path}", self.headers.get("Range")))
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        if parts[:2] == ["api", "models"]:
            self._api("/".join(parts[2:4]), parts[4:])
        elif parts[0] == "cdn":
            self._content("/".join(parts[1:3]), parts[3], parts[4])
        elif len(parts) == 5 and parts[2] == "resolve":
            self._resolve("/".join(parts[:2]), parts[3], parts[4])
        else:
            self._missing("EntryNotFound")

    def _api(self, repository: str, rest: list[str]) -> None:
        kind, revision = rest[0] if rest else "", rest[1] if len(rest) > 1 else "main"
        if (repository, "main") not in self.hub.revisions:
            self._missing("RepoNotFound")
        elif kind == "discussions":
            self._json(self._discussions(repository))
        elif (state := self.hub.revisions.get((repository, revision))) is None:
            self._missing("RevisionNotFound")
        elif kind == "commits":
            self._json([_commit(commit) for commit in state.commits])
        else:
            self._json(_model(repository, state, self.hub.licence))

    def _discussions(self, repository: str) -> dict[str, Any]:
        numbers = [
            rev.rpartition("/")[2] for repo, rev in self.hub.revisions if repo == repository and "pr" in rev
        ]
        found = [  # whoever is asked for: what the reader does not check itself, the test shall see
            {
                "title": "Adding `safetensors` variant of this model",
                "num": int(number),
                "author": {"name": self.hub.bot},
                "createdAt": "2024-01-01T00:00:00.000Z",
                "status": "open",
                "repo": {"name": repository, "type": "model"},
                "isPullRequest": True,
            }
            for number in numbers
        ]
        return {"count": len(found), "start": 0, "discussions": found}

    def _resolve(self, repository: str, revision: str, name: str) -> None:
        state = self.hub.revisions.get((repository, revision))
        if state is None or name not in state.files:
            self._missing("EntryNotFound")
            return
        # The real hub sends every large file's reader on to its CDN, and the small ones' to a cache.
        self.send_response(302)
        self.send_header("Location", f"/cdn/{repository}/{revision}/{name}")
        self.send_header("X-Repo-Commit", state.commits[0])
        self.send_header("X-Linked-Size", str(len(state.files[name])))
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(state.files[name]).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _content(self, repository: str, revision: str, name: str) -> None:
        data = self.hub.revisions[repository, revision].files[name]
        if name in self.hub.altered:
            data = data[:-1] + bytes([data[-1] ^ 1])
        asked = self.headers.get("Range")
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        if self.command == "GET":
            self._send(name, data[first:])

    def _send(self, name: str, data: bytes) -> None:
        drops = self.hub.drop_after.get(name)
        drop, hold = drops.pop(0) if drops else None, self.hub.hold_after.get(name)
        for start in range(0, len(data), _BLOCK):
            if hold is not None and start >= hold:
                self.hub.held.set()
                self.hub.release.wait(30)
            if drop is not None and start >= drop:
                self.close_connection = True
                return
            try:
                self.wfile.write(data[start : start + _BLOCK])
                self.wfile.flush()
            except ConnectionError:  # the reader went away: it was cancelled or killed
                self.close_connection = True
                return
            self.hub.sent[name] = self.hub.sent.get(name, 0) + len(data[start : start + _BLOCK])

    def _json(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _missing(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _model(repository: str, state: Revision, licence: str | None) -> dict[str, Any]:
    siblings = []
    for name, data in state.files.items():
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
        if name.endswith(_LARGE):
            sha256 = hashlib.sha256(data).hexdigest()
            entry |= {"blobId": "0" * 40, "lfs": {"size": len(data), "sha256": sha256, "pointerSize": 135}}
        siblings.append(entry)
    card = {"license": licence} if licence else {}
    return {
        "id": repository,
        "sha": state.commits[0],
        "siblings": siblings,
        "cardData": card,
        "private": False,
    }


def _commit(commit: str) -> dict[str, Any]:
    date = "2024-01-01T00:00:00.000Z"
    return {"id": commit, "title": "a commit", "message": "", "date": date, "authors": [{"user": "someone"}]}


@pytest.fixture
def local_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A running hub that HF_ENDPOINT points to."""
    hub = LocalHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    huggingface_hub.close_session()
    yield hub
    hub.release.set()
    huggingface_hub.close_session()  # idle connections would keep the server's threads
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def tiny_hubert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A randomly initialised HuBERT of 3 layers and width 32, as `save_pretrained` writes it; read only."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.HubertConfig(
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=1024,
        conv_dim=(32,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    folder = tmp_path_factory.mktemp("encoders") / "tiny-hubert"
    transformers.HubertModel(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    return folder

"""Getting an encoder from the Hugging Face hub: only when asked, resumed where it stopped, and verified.

huggingface_hub finds the repository, its files and their hashes. Its own download is not used (as read in
version 2.4.0): called again after an interruption it begins anew, because it deletes its temporary file; it
compares sizes and not hashes; and it takes 10 MB between two looks at its progress bar.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock
import huggingface_hub
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # they are public, but not said to be to mypy
    build_hf_headers,
    get_session,
    hf_raise_for_status,
    httpx,
)

from ..errors import HumpcatError
from ..folders import cache_folder
from .known import KNOWN_ENCODERS
from .registry import (
    CONFIG_FILE,
    PICKLED_FILE,
    SMALL_FILES,
    WEIGHTS_FILE,
    EncoderRecord,
    add_encoder,
    check_free,
)
from .weights import Progress

_NAME = "humpcat-studio"
_BOT = "SFconvertbot"
_BOT_TITLE = "Adding `safetensors` variant of this model"
_READ_SECONDS = 10.0
_PASSING = (408, 429, 500, 502, 503, 504)
_ATTEMPTS = 5
_FIRST_PAUSE = 0.5
_HASH_BLOCK = 1 << 20

# huggingface_hub would tell the hub what is installed here, and ask it how to recognise who calls.
constants.HF_HUB_DISABLE_TELEMETRY = True

Cancel = Callable[[], bool]


class FetchCancelledError(HumpcatError):
    """The user stopped a download; what has come stays for the next one."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file to get.

    Args:
        name: within the repository.
        revision: commit that holds it.
        size: bytes.
        hash: "sha256:..." for large files, "git:..." (git's SHA-1 of a blob) for those kept in git itself.
    """

    name: str
    revision: str
    size: int
    hash: str


@dataclass(frozen=True, slots=True)
class HubPlan:
    """What a download would bring.

    Args:
        source: repository.
        files: what to get.
        licence: as the hub states it, else as KNOWN_ENCODERS does, else "".
        origin: where the weights come from, in words.
    """

    source: str
    files: tuple[HubFile, ...]
    licence: str
    origin: str

    @property
    def size(self) -> int:
        """Bytes to have when it is done."""
        return sum(file.size for file in self.files)


def endpoint() -> str:
    """The hub's address: HF_ENDPOINT, else huggingface.co."""
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def plan_fetch(name: str, revision: str = "main") -> HubPlan:
    """Ask the hub what there is to get for a known short name or a repository's id.

    The weights are, in this order: `model.safetensors` at `revision`; the hub's own conversion of them (its
    bot's pull request, provided that it stands on the present main branch, as transformers' `auto_conversion`
    demands); `pytorch_model.bin`, to be converted here. Where there is no such pull request, transformers
    would have the bot open one; that is a public act, and not done here.

    Raises:
        HumpcatError: no such repository or revision, no encoder in it, no access, or no hub to reach.
    """
    known = KNOWN_ENCODERS.get(name)
    source = known.source if known else name
    with _told(source):
        api = _api()
        info = api.model_info(source, revision=revision, files_metadata=True)
        files = _hub_files(info)
        if CONFIG_FILE not in files:
            raise HumpcatError(f"{source} on the hub holds no encoder: it has no {CONFIG_FILE}.")
        weights, origin = _choose_weights(api, source, revision, files)
        stated = info.card_data.get("license") if info.card_data else None
    small = [files[file] for file in (CONFIG_FILE, *SMALL_FILES) if file in files]
    licence = str(stated or (known.licence if known else ""))
    return HubPlan(source, (*small, weights), licence, origin)


def fetch_encoder(
    name: str,
    as_name: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel = lambda: False,
    plan: HubPlan | None = None,
) -> EncoderRecord:
    """Download an encoder and make it present.

    Args:
        name: known short name or repository's id.
        as_name: what to call it; by default the short name, or the last part of the id.
        progress: told the bytes that are here and the bytes of all files.
        cancel: asked between blocks; True stops within a second, or 10 s on a dead line.
        plan: what `plan_fetch(name)` gave.

    Raises:
        FetchCancelledError: `cancel` said so.
        HumpcatError: as `plan_fetch`, `download` and `add_encoder`.
    """
    as_name = check_free(as_name or (name if name in KNOWN_ENCODERS else name.rpartition("/")[2]))
    plan = plan or plan_fetch(name)
    folder = _downloads(plan.source)
    download(plan, folder, progress, cancel)
    record = add_encoder(folder, as_name, source=plan.source, licence=plan.licence)
    shutil.rmtree(folder, ignore_errors=True)
    return record


def begun(name: str) -> int:
    """Bytes that an earlier download of an encoder left: `fetch_encoder` goes on from there."""
    folder = _downloads(KNOWN_ENCODERS[name].source if name in KNOWN_ENCODERS else name)
    return sum(_size(path) for path in folder.glob("*")) if folder.is_dir() else 0


def download(
    plan: HubPlan, folder: Path, progress: Progress | None = None, cancel: Cancel = lambda: False
) -> None:
    """Get a plan's files into `folder`, going on where an earlier call stopped: each whole, or a `.part`.

    Raises:
        FetchCancelledError: `cancel` said so.
        HumpcatError: the line broke for good, a file's content is not what the hub promised (it is deleted),
            the disk is or would be full, or another process is at it.
    """
    with _told(plan.source), _alone(folder):
        missing = [file for file in plan.files if not _is_here(folder, file)]
        here = plan.size - sum(file.size - _size(_part(folder, file)) for file in missing)
        if shutil.disk_usage(folder).free < plan.size - here:
            raise _disk_full(plan.source, plan.size - here)
        done = 0
        for file in plan.files:
            before = done

            def report(bytes_here: int, before: int = before) -> None:
                if progress is not None:
                    progress(before + bytes_here, plan.size)

            if file in missing:
                _get(plan.source, file, folder, report, cancel)
            done += file.size
            report(file.size)


def _get(source: str, file: HubFile, folder: Path, report: Callable[[int], None], cancel: Cancel) -> None:
    part = _part(folder, file)
    failures, pause = 0, _FIRST_PAUSE
    while (had := _size(part)) < file.size or not part.exists():
        try:
            _stream(source, file, part, report, cancel)
        except (httpx.TransportError, HfHubHTTPError) as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code not in _PASSING:
                raise
            failures = 1 if _size(part) > had else failures + 1
            if failures >= _ATTEMPTS:
                raise
            pause = _FIRST_PAUSE if failures == 1 else pause * 2
            _wait(pause, source, cancel)
    if _hash(part, file) != file.hash:
        part.unlink()
        raise HumpcatError(
            f"{file.name} from {source} is not what the hub promised (wrong hash); it was deleted.",
            "Try again. If it happens again, something between here and the hub alters downloads.",
        )
    os.replace(part, folder / file.name)


def _stream(source: str, file: HubFile, part: Path, report: Callable[[int], None], cancel: Cancel) -> None:
    """Append to `part` what is missing of it."""
    url = huggingface_hub.hf_hub_url(source, file.name, revision=file.revision, endpoint=endpoint())
    have = _size(part)
    # The hub compresses small text files when allowed to, which would make nonsense of byte ranges.
    headers = {**build_hf_headers(library_name=_NAME), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    _check(cancel, source)
    with get_session().stream(
        "GET", url, headers=headers, timeout=_READ_SECONDS, follow_redirects=True
    ) as answer:
        hf_raise_for_status(answer)
        resumed = answer.status_code == 206
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as stream:
            for block in answer.iter_bytes():
                _check(cancel, source)
                stream.write(block)
                have += len(block)
                if have > file.size:
                    break  # not the file that was promised; its hash will say so
                report(have)
    if have < file.size:
        raise httpx.RemoteProtocolError("the answer ended early")


def _choose_weights(api: HfApi, source: str, revision: str, files: dict[str, HubFile]) -> tuple[HubFile, str]:
    if WEIGHTS_FILE in files:
        return files[WEIGHTS_FILE], "safetensors"
    if PICKLED_FILE not in files:
        raise HumpcatError(
            f"{source} on the hub has neither {WEIGHTS_FILE} nor {PICKLED_FILE}.",
            "Choose another repository.",
        )
    reference = _conversion(api, source) if revision == "main" else None
    if reference is not None:
        converted = _hub_files(api.model_info(source, revision=reference, files_metadata=True))
        if WEIGHTS_FILE in converted:
            return converted[WEIGHTS_FILE], f"the hub's conversion to safetensors ({reference})"
    return files[PICKLED_FILE], f"{PICKLED_FILE}, converted to safetensors here"


def _conversion(api: HfApi, source: str) -> str | None:
    """The bot's open pull request whose parent commit is the head of main, as `refs/pr/N`."""
    head = api.list_repo_commits(source)[0].commit_id
    for request in api.get_repo_discussions(
        source, author=_BOT, discussion_type="pull_request", discussion_status="open"
    ):
        if request.author != _BOT or request.title != _BOT_TITLE or request.git_reference is None:
            continue
        commits = api.list_repo_commits(source, revision=request.git_reference)
        if len(commits) > 1 and commits[1].commit_id == head:
            return request.git_reference
    return None


def _hub_files(info: huggingface_hub.ModelInfo) -> dict[str, HubFile]:
    commit = info.sha or "main"
    files = {}
    for entry in info.siblings or []:
        large = entry.lfs
        content = f"sha256:{large.sha256}" if large else f"git:{entry.blob_id}"
        files[entry.rfilename] = HubFile(entry.rfilename, commit, entry.size or 0, content)
    return files


def _api() -> HfApi:
    return HfApi(endpoint=endpoint(), library_name=_NAME)


def _part(folder: Path, file: HubFile) -> Path:
    # Named by content, so that a file that changed on the hub is never glued to the old one's beginning.
    return folder / f"{file.name}.{file.hash.rpartition(':')[2][:12]}.part"


def _is_here(folder: Path, file: HubFile) -> bool:
    path = folder / file.name
    return path.is_file() and path.stat().st_size == file.size and _hash(path, file) == file.hash


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _hash(path: Path, file: HubFile) -> str:
    kind = file.hash.partition(":")[0]
    digest = hashlib.sha256() if kind == "sha256" else hashlib.sha1(usedforsecurity=False)
    if kind == "git":
        digest.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as stream:
        while block := stream.read(_HASH_BLOCK):
            digest.update(block)
    return f"{kind}:{digest.hexdigest()}"


def _wait(seconds: float, source: str, cancel: Cancel) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        _check(cancel, source)
        time.sleep(min(left, 0.1))


def _check(cancel: Cancel, source: str) -> None:
    if cancel():
        raise FetchCancelledError(f"The download of {source} was stopped.", "Fetch it again to go on.")


def _downloads(source: str) -> Path:
    return cache_folder() / "downloads" / source.replace("/", "--")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder.with_name(folder.name + ".lock"), timeout=0):
            yield
    except filelock.Timeout as error:
        raise HumpcatError(
            f"Another process is downloading to {folder}.", "Wait for it, or stop it."
        ) from error


@contextlib.contextmanager
def _told(source: str) -> Iterator[None]:
    """Turn what a download can meet into sentences."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise HumpcatError("HF_HUB_OFFLINE forbids downloads.", "Unset it to fetch an encoder.") from error
    except GatedRepoError as error:
        raise HumpcatError(
            f"{source} is open only to those who accepted its terms.",
            "Accept them on its page, then: hf auth login",
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise HumpcatError(
            f"There is no model {source} on {endpoint()}.",
            f"Give an id such as facebook/hubert-base-ls960, or one of: {', '.join(KNOWN_ENCODERS)}.",
        ) from error
    except RevisionNotFoundError as error:
        raise HumpcatError(f"{source} has no such revision.") from error
    except HfHubHTTPError as error:
        raise HumpcatError(
            f"{endpoint()} answered {error.response.status_code} for {source}.", "Try again later."
        ) from error
    except httpx.HTTPError as error:
        raise HumpcatError(
            f"{endpoint()} cannot be reached, or the line broke.",
            "Check the network and fetch again: the download goes on where it stopped. Without a network, "
            "add its folder (in commands humpcat encoder add FOLDER).",
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(source, 0) from error
        raise HumpcatError(
            f"The download of {source} cannot be written ({error.strerror or error})."
        ) from error


def _disk_full(source: str, wanted: int) -> HumpcatError:
    need = f"{wanted / 1e6:.0f} MB" if wanted else "more space"
    return HumpcatError(f"The disk is full: {source} needs {need} in {cache_folder()}.", "Free some space.")

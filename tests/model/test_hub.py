"""Fetching an encoder from a hub: whole, resumed, verified, and only what is safe."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from local_hub import LocalHub, read_folder

from core_model.encoders import hub
from core_model.encoders.registry import list_encoders
from core_model.encoders.weights import weights_hash
from core_model.errors import HumpcatError
from core_model.folders import cache_folder, encoders_folder

REPOSITORY = "someone/tiny-hubert"
WEIGHTS = "model.safetensors"
MIDDLE = 100_000


@pytest.fixture
def files(tiny_hubert: Path) -> dict[str, bytes]:
    return {**read_folder(tiny_hubert), "README.md": b"# Tiny", "unwanted.h5": b"0" * 1000}


@pytest.fixture
def pickled(files: dict[str, bytes], tmp_path: Path) -> dict[str, bytes]:
    """The same repository as its makers left it in 2021: `pytorch_model.bin` only."""
    torch.save(safetensors.torch.load(files[WEIGHTS]), tmp_path / "pytorch_model.bin")
    rest = {name: data for name, data in files.items() if name != WEIGHTS}
    return {**rest, "pytorch_model.bin": (tmp_path / "pytorch_model.bin").read_bytes()}


@pytest.fixture(autouse=True)
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_FIRST_PAUSE", 0.01)


def added() -> list[str]:
    return [record.name for record in list_encoders() if not record.shipped]


def downloads() -> list[Path]:
    return [file for file in (cache_folder() / "downloads").rglob("*") if file.is_file()]


def test_an_encoder_is_fetched_with_progress(
    local_hub: LocalHub, files: dict[str, bytes], tiny_hubert: Path
) -> None:
    local_hub.put(REPOSITORY, files)
    told: list[tuple[int, int]] = []
    record = hub.fetch_encoder(REPOSITORY, progress=lambda done, of: told.append((done, of)))
    assert (record.name, record.source, record.licence) == ("tiny-hubert", REPOSITORY, "apache-2.0")
    assert record.hash == weights_hash(tiny_hubert / WEIGHTS)
    wanted = sum(len(data) for name, data in files.items() if name != "unwanted.h5")
    assert told[-1] == (wanted, wanted)
    assert [done for done, _of in told] == sorted(done for done, _of in told)
    assert len({done for done, _of in told}) > 5
    assert local_hub.sent[WEIGHTS] == len(files[WEIGHTS]) and "unwanted.h5" not in local_hub.sent
    assert {file.suffix for file in downloads()} <= {".lock"}


def test_a_known_name_leads_to_its_repository(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    local_hub.licence = None
    local_hub.put("microsoft/wavlm-base", files)
    plan = hub.plan_fetch("wavlm-base")
    assert plan.source == "microsoft/wavlm-base" and "CC BY-SA" in plan.licence
    assert hub.fetch_encoder("wavlm-base", plan=plan).name == "wavlm-base"


def test_a_broken_line_is_mended_within_one_fetch(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    local_hub.put(REPOSITORY, files)
    local_hub.drop_after[WEIGHTS] = [MIDDLE, MIDDLE]
    hub.fetch_encoder(REPOSITORY)
    first, second, third = local_hub.ranges(WEIGHTS)
    assert first is None and second is not None and third is not None
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in (second, third)]
    assert MIDDLE // 2 < starts[0] < starts[1]
    assert local_hub.sent[WEIGHTS] < 1.5 * len(files[WEIGHTS])
    assert added() == ["tiny-hubert"]


def test_a_fetch_that_failed_is_resumed_by_the_next(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    local_hub.put(REPOSITORY, files)
    local_hub.drop_after[WEIGHTS] = [MIDDLE, 0, 0, 0, 0, 0]
    with pytest.raises(HumpcatError, match="line broke") as told:
        hub.fetch_encoder(REPOSITORY)
    assert "goes on where it stopped" in told.value.hint
    assert added() == []
    local_hub.requests.clear()
    local_hub.drop_after.clear()
    told_first: list[int] = []
    hub.fetch_encoder(REPOSITORY, progress=lambda done, _of: told_first.append(done))
    (resumed,) = local_hub.ranges(WEIGHTS)
    assert resumed is not None and not local_hub.ranges("config.json")
    assert local_hub.sent[WEIGHTS] == len(files[WEIGHTS])


def test_a_killed_fetch_is_resumed_by_the_next(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    local_hub.put(REPOSITORY, files)
    local_hub.hold_after[WEIGHTS] = MIDDLE
    code = (
        "from core_model.encoders import hub\n"
        f"hub.fetch_encoder({REPOSITORY!r}, progress=lambda done, of: print(done, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert any(int(line) > MIDDLE - 20_000 for line in child.stdout)
        child.kill()
    local_hub.release.set()
    assert added() == []
    hub.fetch_encoder(REPOSITORY)
    assert local_hub.ranges(WEIGHTS)[-1] is not None
    assert added() == ["tiny-hubert"]


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_a_wrong_hash_is_refused_and_nothing_is_left(
    name: str, local_hub: LocalHub, files: dict[str, bytes]
) -> None:
    local_hub.put(REPOSITORY, files)
    local_hub.altered = {name}
    with pytest.raises(HumpcatError, match=f"{name} from {REPOSITORY} is not what the hub promised"):
        hub.fetch_encoder(REPOSITORY)
    assert added() == []
    assert not [file for file in downloads() if file.name.startswith(name)]
    local_hub.altered = set()
    hub.fetch_encoder(REPOSITORY)
    assert added() == ["tiny-hubert"]


def test_a_change_on_the_hub_between_two_tries_is_not_glued_together(
    local_hub: LocalHub, files: dict[str, bytes]
) -> None:
    local_hub.put(REPOSITORY, files)
    local_hub.drop_after[WEIGHTS] = [MIDDLE, 0, 0, 0, 0, 0]
    with pytest.raises(HumpcatError):
        hub.fetch_encoder(REPOSITORY)
    weights = safetensors.torch.load(files[WEIGHTS])
    changed = safetensors.torch.save({name: value + 1 for name, value in weights.items()}, {"format": "pt"})
    local_hub.drop_after.clear()
    local_hub.put(REPOSITORY, {**files, WEIGHTS: changed, "config.json": files["config.json"] + b"\n"})
    record = hub.fetch_encoder(REPOSITORY)
    assert (record.folder / WEIGHTS).read_bytes() == changed
    assert (record.folder / "config.json").read_bytes().endswith(b"\n\n")


def test_a_pickled_repository_is_converted_here(
    local_hub: LocalHub, pickled: dict[str, bytes], tiny_hubert: Path
) -> None:
    local_hub.put(REPOSITORY, pickled)
    assert "converted to safetensors here" in hub.plan_fetch(REPOSITORY).origin
    record = hub.fetch_encoder(REPOSITORY)
    assert record.hash == weights_hash(tiny_hubert / WEIGHTS)
    assert not [line for line, _range in local_hub.requests if line.startswith("POST")]


def test_the_hubs_own_conversion_is_preferred(
    local_hub: LocalHub, pickled: dict[str, bytes], files: dict[str, bytes], tiny_hubert: Path
) -> None:
    local_hub.put(REPOSITORY, pickled)
    local_hub.put(REPOSITORY, {**pickled, WEIGHTS: files[WEIGHTS]}, "refs/pr/7")
    assert "refs/pr/7" in hub.plan_fetch(REPOSITORY).origin
    assert hub.fetch_encoder(REPOSITORY).hash == weights_hash(tiny_hubert / WEIGHTS)
    assert "pytorch_model.bin" not in local_hub.sent


def test_a_conversion_by_another_or_of_an_older_commit_is_not_used(
    local_hub: LocalHub, pickled: dict[str, bytes], files: dict[str, bytes]
) -> None:
    local_hub.put(REPOSITORY, pickled)
    local_hub.put(REPOSITORY, {**pickled, WEIGHTS: files[WEIGHTS]}, "refs/pr/7")
    local_hub.bot = "someone-else"
    assert "here" in hub.plan_fetch(REPOSITORY).origin
    local_hub.bot = "SFconvertbot"
    local_hub.put(REPOSITORY, {**pickled, "README.md": b"newer"})
    assert "here" in hub.plan_fetch(REPOSITORY).origin


def test_a_malicious_pickle_is_refused(
    local_hub: LocalHub, pickled: dict[str, bytes], tmp_path: Path
) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "sprung",)

    local_hub.put(REPOSITORY, {**pickled, "pytorch_model.bin": pickle.dumps({"weight": Trap()})})
    with pytest.raises(HumpcatError, match="was refused"):
        hub.fetch_encoder(REPOSITORY)
    assert not (tmp_path / "sprung").exists()
    assert list(encoders_folder().iterdir()) == []


def test_a_fetch_can_be_cancelled_and_gone_on_with(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    local_hub.put(REPOSITORY, files)
    here: list[int] = [0]
    with pytest.raises(hub.FetchCancelledError, match="was stopped"):
        hub.fetch_encoder(
            REPOSITORY, progress=lambda done, _of: here.append(done), cancel=lambda: here[-1] > MIDDLE
        )
    assert added() == [] and here[-1] < len(files[WEIGHTS])
    hub.fetch_encoder(REPOSITORY)
    assert local_hub.ranges(WEIGHTS)[-1] is not None
    assert added() == ["tiny-hubert"]


def test_what_the_hub_lacks_is_told(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    for name in ("someone/unheard-of", "no such name!"):
        with pytest.raises(HumpcatError, match="There is no model"):
            hub.plan_fetch(name)
    local_hub.put("someone/words", {"README.md": b"words"})
    with pytest.raises(HumpcatError, match=r"no config\.json"):
        hub.plan_fetch("someone/words")
    local_hub.put("someone/hollow", {"config.json": files["config.json"]})
    with pytest.raises(HumpcatError, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        hub.plan_fetch("someone/hollow")
    local_hub.put(REPOSITORY, files)
    with pytest.raises(HumpcatError, match="no such revision"):
        hub.plan_fetch(REPOSITORY, revision="v9")


def test_no_hub_is_told(local_hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(HumpcatError, match="cannot be reached") as told:
        hub.plan_fetch(REPOSITORY)
    assert "humpcat encoder add FOLDER" in told.value.hint


def test_a_download_larger_than_the_disk_is_not_begun(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    local_hub.put(REPOSITORY, files)
    huge = hub.HubFile(WEIGHTS, "main", 1 << 60, "sha256:" + "0" * 64)
    with pytest.raises(HumpcatError, match="disk is full"):
        hub.download(hub.HubPlan(REPOSITORY, (huge,), "", ""), cache_folder() / "downloads" / "huge")
    assert local_hub.requests == []


def test_a_taken_name_is_told_before_the_download(local_hub: LocalHub, files: dict[str, bytes]) -> None:
    local_hub.put(REPOSITORY, files)
    hub.fetch_encoder(REPOSITORY)
    sent = local_hub.sent[WEIGHTS]
    with pytest.raises(HumpcatError, match="present already"):
        hub.fetch_encoder(REPOSITORY)
    assert local_hub.sent[WEIGHTS] == sent

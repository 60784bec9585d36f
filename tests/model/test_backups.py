"""The program keeps copies of a project by itself, and reads what it can out of a damaged one."""

import contextlib
import os
import random
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from core_model.errors import HumpcatError
from core_model.facts import WindowPrediction
from core_model.folders import data_folder
from core_model.project import editing
from core_model.project.backups import KEPT, back_up, backups_of, restore, salvage
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.project_file import write_new
from core_model.project.rows import AnnotationRow, PredictionRow, RaterRow, RecordingRow, Row

RECORDINGS, EACH = 60, 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project of some hundred rows in each table that has many, closed."""
    path = tmp_path / "study.humpcat"
    labels = ("angry", "happy", "neutral", "sad")
    rows: list[Row] = [RaterRow(1, "Anna"), RaterRow(2, "Bert")]
    for number in range(1, RECORDINGS + 1):
        audio = tmp_path / "audio" / f"{number}.wav"
        rows.append(RecordingRow(number, audio, "ab" * 32, 320_044, 16_000, 1, 160_000))
        for each in range(EACH):
            of, span = number * 1000 + each, (each * 8000, each * 8000 + 8000)
            rows.append(AnnotationRow(of, number, 1 + each % 2, *span, label="angry", note="note " * 5))
            windows = (WindowPrediction(0.0, 3.0, (0.7, 0.1, 0.1, 0.1)),)
            rows.append(PredictionRow(of, number, *span, labels, (0.7, 0.1, 0.1, 0.1), windows, "m", "m1"))
    write_new(path, rows)
    Project.open(path).close()
    return path


def edit(path: Path, note: str) -> None:
    with contextlib.closing(Project.open(path)) as project:
        project.apply(editing.set_note(project.annotations[:1], note))


def content(path: Path) -> list[list[Row]]:
    with contextlib.closing(Project.open(path, read_only=True)) as project:
        return [
            list(rows)
            for rows in (project.recordings, project.raters, project.annotations, project.predictions)
        ]


def harm(path: Path, first: int, last: int, by: bytes = b"\xa5") -> None:
    """Overwrite pages of a file."""
    with path.open("r+b") as stream:
        stream.seek(first * 4096)
        stream.write(by * ((last - first) * 4096))


def pages_of(path: Path, table: str) -> list[int]:
    """Where in the file a table's rows lie, by the first page that is named in its root."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    data = path.read_bytes()
    page = data[(root - 1) * 4096 : root * 4096]
    if page[0] == 13:  # a leaf
        return [root - 1]
    cells = int.from_bytes(page[3:5], "big")
    pointers = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(cells)]
    return [int.from_bytes(page[at : at + 4], "big") - 1 for at in pointers]


# Backups


def test_a_backup_is_the_project_in_one_file(path: Path) -> None:
    backup = back_up(path)
    assert backup is not None and backup.parent == data_folder() / "backups"
    assert backup.name.startswith("study-") and backup.name.endswith("Z.humpcat")
    (listed,) = backups_of(path)
    assert (listed.path, listed.size) == (backup, backup.stat().st_size)
    assert list(backup.parent.iterdir()) == [backup]
    assert [len(rows) for rows in content(backup)] == [RECORDINGS, 2, RECORDINGS * EACH, RECORDINGS * EACH]


def test_a_project_that_has_not_changed_is_not_copied_again(path: Path) -> None:
    first = back_up(path)
    for _ in range(3):
        with contextlib.closing(Project.open(path)):
            assert back_up(path) is None
    assert [backup.path for backup in backups_of(path)] == [first]
    edit(path, "new")
    second = back_up(path)
    assert [backup.path for backup in backups_of(path)] == [second, first]


def test_the_last_five_are_kept(path: Path) -> None:
    made = []
    for number in range(KEPT + 3):
        edit(path, str(number))
        made.append(back_up(path))
    assert [backup.path for backup in backups_of(path)] == made[: -KEPT - 1 : -1]


def test_projects_of_one_name_have_backups_of_their_own(path: Path) -> None:
    other = path.parent / "other" / path.name
    other.parent.mkdir()
    shutil.copy(path, other)
    longer = Path(shutil.copy(path, path.with_name("study-2.humpcat")))
    assert len({back_up(each) for each in (path, other, longer)}) == 3
    assert [len(backups_of(each)) for each in (path, other, longer)] == [1, 1, 1]
    assert not backups_of(path.with_name("none.humpcat"))


def test_a_project_is_copied_while_it_is_edited(path: Path) -> None:
    """Every copy is a whole project as it was at one moment, with all that was written before."""
    copies: list[Path | None] = []
    with contextlib.closing(Project.open(path)) as project:
        project.apply(editing.set_note(project.annotations[:1], "before"))
        thread = threading.Thread(target=lambda: copies.extend(back_up(path) for _ in range(4)))
        thread.start()
        for number in range(200):
            rows = project.annotations_of(1 + number % RECORDINGS)
            project.apply(editing.set_unsure(rows, unsure=number < 100))
        thread.join()
        assert not project.read_only
    for copy in filter(None, copies):
        by_recording: dict[int, set[bool]] = {}
        for row in content(copy)[2]:
            assert isinstance(row, AnnotationRow)
            by_recording.setdefault(row.recording, set()).add(row.unsure)
        assert all(len(flags) == 1 for flags in by_recording.values())
    assert copies[0] is not None
    assert "before" in {getattr(row, "note", "") for row in content(copies[0])[2]}


def test_a_backup_is_restored_beside_the_project_or_elsewhere(path: Path) -> None:
    backup = back_up(path)
    assert backup is not None
    expected = content(path)
    for target in (path.with_name("restored.humpcat"), path.parent / "else" / "where.humpcat"):
        restore(backup, path, target)
        assert content(target) == expected
    with pytest.raises(HumpcatError, match="is there already"):
        restore(backup, path, path)


def test_a_backup_that_cannot_be_made_is_told(path: Path) -> None:
    with pytest.raises(HumpcatError, match=r"No backup of none\.humpcat was made"):
        back_up(path.with_name("none.humpcat"))
    (data_folder() / "backups").rmdir()
    (data_folder() / "backups").touch()
    with pytest.raises(HumpcatError, match="cannot be written"):
        back_up(path)
    assert backups_of(path) == []


# Salvaging


def test_a_whole_project_is_salvaged_whole(path: Path, tmp_path: Path) -> None:
    saved = salvage(path, tmp_path / "saved.humpcat")
    assert not any(saved.lost.values())
    assert content(tmp_path / "saved.humpcat") == content(path)


@pytest.mark.parametrize("table", ["annotations", "predictions"])
def test_rows_beside_a_damaged_page_are_read_and_the_lost_ones_counted(
    path: Path, tmp_path: Path, table: str
) -> None:
    whole = content(path)
    pages = pages_of(path, table)
    assert len(pages) > 6
    for page in (pages[2], pages[5]):
        harm(path, page, page + 1)
    before = path.read_bytes()
    with pytest.raises(HumpcatError, match="damaged"):
        Project.open(path)
    saved = salvage(path, tmp_path / "saved.humpcat")
    total = RECORDINGS * EACH
    assert saved.kept[table] + saved.lost[table] == total
    assert 0 < saved.lost[table] < total / 4
    assert f"({saved.lost[table]} lost)" in saved.told
    assert [number for name, number in saved.lost.items() if name != table] == [0] * 4
    index = 2 if table == "annotations" else 3
    assert {row.id: row for row in content(tmp_path / "saved.humpcat")[index]}.items() <= {
        row.id: row for row in whole[index]
    }.items()
    assert path.read_bytes()[100:] == before[100:]


def test_annotations_of_a_lost_rater_are_kept_and_those_of_a_lost_recording_are_not(
    path: Path, tmp_path: Path
) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM raters WHERE id = 2")
        connection.execute("DELETE FROM recordings WHERE id = 7")
    saved = salvage(path, tmp_path / "saved.humpcat")
    assert saved.lost == {
        "recordings": 0,
        "raters": 0,
        "annotations": EACH,
        "predictions": EACH,
        "settings": 0,
    }
    _, raters, annotations, _ = content(tmp_path / "saved.humpcat")
    assert [row.name for row in raters if isinstance(row, RaterRow)] == ["Anna", "rater 2 (name lost)"]
    assert len(annotations) == (RECORDINGS - 1) * EACH


def test_a_project_cut_off_is_salvaged_as_far_as_it_goes(path: Path, tmp_path: Path) -> None:
    os.truncate(path, path.stat().st_size * 3 // 4)
    saved = salvage(path, tmp_path / "saved.humpcat")
    assert saved.kept["recordings"] == RECORDINGS
    assert saved.kept["annotations"] > 0
    assert [len(rows) for rows in content(tmp_path / "saved.humpcat")] == list(saved.kept.values())[:4]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_damaged_the_salvaged_project_opens_or_the_reason_is_told(
    path: Path, tmp_path: Path, seed: int
) -> None:
    chosen = random.Random(seed)
    with path.open("r+b") as stream:
        for _ in range(chosen.choice([1, 10, 100])):
            stream.seek(chosen.randrange(100, path.stat().st_size - 600))
            stream.write(chosen.randbytes(chosen.randint(1, 500)))
    target = tmp_path / "saved.humpcat"
    try:
        saved = salvage(path, target)
    except HumpcatError:
        assert not target.exists()
    else:
        assert [len(rows) for rows in content(target)] == list(saved.kept.values())[:4]


@pytest.mark.parametrize("text", [b"", b"no database at all " * 900])
def test_what_cannot_be_salvaged_is_told(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "p.humpcat"
    path.write_bytes(text)
    with pytest.raises(HumpcatError) as caught:
        salvage(path, tmp_path / "saved.humpcat")
    assert "backup" in caught.value.hint
    assert not (tmp_path / "saved.humpcat").exists()


def test_edits_in_the_log_of_a_damaged_project_are_salvaged(path: Path, tmp_path: Path) -> None:
    with contextlib.closing(Project.open(path)) as project:
        project.apply(Edit("rater", added([RaterRow(9, "Cleo")])))
        copy = tmp_path / "copy" / path.name
        copy.parent.mkdir()
        for ending in ("", "-wal"):
            shutil.copy(f"{path}{ending}", f"{copy}{ending}")
    saved = salvage(copy, tmp_path / "saved.humpcat")
    assert saved.kept["raters"] == 3

"""A project's file: whatever happens to the program, the disk or the file, no edit is lost, and people are told."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from project_runs import as_nobody, edited_until_killed, lost, said, writer

from core_model.errors import HumpcatError
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.project_file import write_new
from core_model.project.rows import AnnotationRow, RaterRow, RecordingRow
from core_model.project.schema import VERSION

KILLS = 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project of one recording and one segment, closed."""
    path = tmp_path / "p.humpcat"
    write_new(path, [RaterRow(1, "R1"), recording(1, path), AnnotationRow(1, 1, 1, 0, 10)])
    return path


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)
        for each in (Path(folder), *Path(folder).rglob("*")):
            each.chmod(0o755)


def recording(number: int, path: Path) -> RecordingRow:
    return RecordingRow(number, path.parent / f"{1000 + number}.wav", "", 32_044, 16_000, 1, 16_000)


def add(project: Project) -> None:
    """One more recording, with a segment of the project's first rater."""
    row = recording(project.new_id(RecordingRow), project.path)
    project.apply(Edit("add", added([row])))
    project.apply(editing.add_segments(project, row.id, 1, [(0, 16_000)]))


def counts(path: Path) -> tuple[int, int]:
    """Recordings and annotations of a project."""
    with contextlib.closing(Project.open(path, read_only=True)) as project:
        return len(project.recordings), len(project.annotations)


# The program ends


def test_every_edit_that_was_made_is_there_after_thirty_kills(tmp_path: Path) -> None:
    path = tmp_path / "p.humpcat"
    Project.create(path).close()
    chosen, made = random.Random(4), list[int]()
    for _ in range(KILLS):
        made += edited_until_killed(path, chosen, 0.12)
        assert not lost(path, made)
    assert len(made) > KILLS


def test_a_closed_project_is_one_file(path: Path) -> None:
    with contextlib.closing(Project.open(path)) as project:
        add(project)
        assert path.with_name(".p.humpcat.lock").exists()
    assert list(path.parent.iterdir()) == [path]


def test_what_was_synced_is_in_the_file_itself(path: Path) -> None:
    with contextlib.closing(Project.open(path)) as project:
        add(project)
        project.sync()
        shutil.copy(path, path.with_name("copy.humpcat"))  # without the log
        assert path.with_name("p.humpcat-wal").stat().st_size == 0
    assert counts(path.with_name("copy.humpcat")) == (2, 2)


def test_edits_go_on_while_another_thread_syncs(path: Path) -> None:
    stop = threading.Event()

    def sync() -> None:
        while not stop.is_set():
            project.sync()

    with contextlib.closing(Project.open(path)) as project:
        thread = threading.Thread(target=sync)
        thread.start()
        for _ in range(300):
            add(project)
        stop.set()
        thread.join()
    assert counts(path) == (301, 301)


# Two programs


def test_a_second_program_reads_what_the_first_one_wrote_and_writes_when_that_is_killed(path: Path) -> None:
    with writer(path) as process:
        assert [said(process) for _ in range(5)] == ["open", "1002", "1003", "1004", "1005"]
        second = Project.open(path)
        assert second.read_only
        assert {"1003", "1004"} <= {row.label for row in second.annotations}
        with pytest.raises(HumpcatError, match="open for reading only; the change was not made") as caught:
            add(second)
        assert "Save project as" in caught.value.hint
        second.save_as(path.with_name("mine.humpcat"))
        second.close()
    with contextlib.closing(Project.open(path)) as third:
        assert not third.read_only
        add(third)
    with contextlib.closing(Project.open(path.with_name("mine.humpcat"))) as mine:
        add(mine)


def test_a_process_that_comes_second_only_reads(path: Path) -> None:
    with contextlib.closing(Project.open(path)) as project:
        add(project)
        with writer(path, 1) as process:
            assert said(process) == "read only"
            assert "open for reading only" in said(process)
        add(project)
    assert counts(path) == (3, 3)


def test_a_link_to_a_project_is_the_same_project(path: Path) -> None:
    link = path.parent / "links" / "l.humpcat"
    link.parent.mkdir()
    link.symlink_to(path)
    with contextlib.closing(Project.open(link)) as project:
        assert project.recordings[0].path == path.parent / "1001.wav"
        with contextlib.closing(Project.open(path)) as second:
            assert second.read_only


def test_another_program_that_writes_into_the_file_is_told_of(path: Path) -> None:
    with (
        contextlib.closing(Project.open(path)) as project,
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        project._file._connection.execute("PRAGMA busy_timeout = 10")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HumpcatError, match=r"Another program is writing into p\.humpcat"):
            add(project)
        other.execute("ROLLBACK")
        project.apply(editing.delete_segments(project.annotations))
    assert counts(path) == (1, 0)


# Nothing may be written

_READ = """
project = Project.open(path)
print(project.read_only, len(project.recordings))
try:
    project.apply(editing.delete_segments(project.annotations))
except HumpcatError as error:
    print(error.message)
project.close()
"""


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, 0o644), (0o755, 0o444), (0o555, 0o444)])
def test_what_may_not_be_written_is_read(path: Path, public: Path, folder_mode: int, file_mode: int) -> None:
    copy = Path(shutil.copy(path, public / path.name))
    copy.chmod(file_mode)
    public.chmod(folder_mode)
    read, refused = as_nobody(_READ, copy).split("\n")
    assert read == "True 1"
    assert refused == "p.humpcat is open for reading only; the change was not made."
    assert list(public.iterdir()) == [copy]


def test_edits_in_a_log_left_behind_are_seen_where_nothing_may_be_written(public: Path) -> None:
    path = public / "p.humpcat"
    Project.create(path).close()
    with writer(path) as process:
        assert [said(process) for _ in range(12)][-1] == "11"
    assert path.with_name("p.humpcat-wal").stat().st_size
    for each in public.iterdir():
        each.chmod(0o444)
    public.chmod(0o555)
    read, *_ = as_nobody(_READ, path).split("\n")
    assert int(read.removeprefix("True ")) >= 11


def test_a_folder_that_may_not_be_written_takes_no_new_project(public: Path) -> None:
    public.chmod(0o555)
    told = as_nobody(
        "try:\n    Project.create(path)\nexcept HumpcatError as error:\n    print(error)",
        public / "n.humpcat",
    )
    assert "cannot be written" in told and "Choose another folder" in told
    assert not list(public.iterdir())


def test_a_file_that_may_not_be_read_is_told(path: Path, public: Path) -> None:
    copy = Path(shutil.copy(path, public / path.name))
    copy.chmod(0)
    told = as_nobody("try:\n    Project.open(path)\nexcept HumpcatError as error:\n    print(error)", copy)
    assert "cannot be opened" in told and "Check its permissions" in told
    (public / "closed").mkdir(mode=0)
    told = as_nobody(
        "try:\n    Project.open(path)\nexcept HumpcatError as error:\n    print(error)",
        public / "closed" / "p.humpcat",
    )
    assert "does not exist" in told


# The disk is full


def made_until_refused(process: "subprocess.Popen[str]") -> tuple[list[int], str]:
    output, _ = process.communicate()
    first, *numbers, refused = output.split("\n")[:-1]
    assert first == "open"
    return [int(number) for number in numbers], refused


def test_a_file_that_cannot_grow_keeps_what_it_has_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "p.humpcat"
    Project.create(path).close()

    with writer(path, 100_000, limit=600_000) as process:
        made, refused = made_until_refused(process)
    assert "The disk is full or fails: the change was not written to p.humpcat and was not made" in refused
    assert "Free some space" in refused
    assert len(made) > 10 and not lost(path, made)
    with contextlib.closing(Project.open(path)) as project:
        add(project)


def test_a_full_disk_keeps_what_it_has_and_says_so(tmp_path: Path) -> None:
    disk, copy = tmp_path / "disk", tmp_path / "copy"
    disk.mkdir()
    path = disk / "p.humpcat"
    # A file system of 1 MB that nobody else sees and that goes with the process.
    script = (
        f"mount -t tmpfs -o size=1m tmpfs {disk} || exit 77; {sys.executable} -c '"
        "import sys; from pathlib import Path; from core_model.project.project import Project; "
        'Project.create(Path(sys.argv[1])).close()\' "$4" || exit 1; "$2" "$3" "$4" "$5"; '
        f"cp -r {disk} {copy}; df {disk} | tail -1 >&2"
    )
    with writer(path, 100_000, before=["unshare", "-m", "sh", "-c", script, "sh", "-"]) as process:
        output, _ = process.communicate()
    if process.returncode == 77 or "open" not in output:
        pytest.skip("no file system can be mounted here")
    _, *numbers, refused = output.split("\n")[:-1]
    assert refused.startswith("The disk is full: the change was not written to p.humpcat and was not made.")
    made = [int(number) for number in numbers]
    assert len(made) > 10 and not lost(copy / "p.humpcat", made)


def test_a_project_is_not_made_half_on_a_full_disk(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from core_model.errors import HumpcatError\n"
        "from core_model.project.project import Project\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n    Project.create(Path(sys.argv[1]))\nexcept HumpcatError as error:\n    print(error)"
    )
    path = tmp_path / "new" / "p.humpcat"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "The disk is full or fails" in done.stdout and "was not written" in done.stdout
    assert not list(path.parent.iterdir())


# The file goes away


def test_a_deleted_file_takes_no_edits_and_the_project_can_be_saved_elsewhere(path: Path) -> None:
    with contextlib.closing(Project.open(path)) as project:
        add(project)
        path.unlink()
        with pytest.raises(
            HumpcatError, match=r"p\.humpcat is gone or was replaced; the change was not made"
        ):
            add(project)
        assert len(project.recordings) == 2
        project.sync()  # says nothing and makes no file
        assert not path.exists()
        other = path.with_name("other.humpcat")
        project.save_as(other)
    assert counts(other) == (2, 2)


def test_a_deleted_file_can_be_saved_again_under_its_own_name(path: Path) -> None:
    project = Project.open(path)
    add(project)
    path.unlink()
    project.save_as(path)
    again = Project.open(path)
    assert not again.read_only
    project.close()
    add(again)
    again.close()
    assert counts(path) == (3, 3)


def test_a_replaced_file_is_not_mixed_with_the_one_before(path: Path) -> None:
    other = path.with_name("other.humpcat")
    write_new(other, [RaterRow(1, "somebody else"), *(recording(n, path) for n in range(1, 40))])
    with contextlib.closing(Project.open(path)) as project:
        for _ in range(20):
            add(project)
        os.replace(other, path)
        with pytest.raises(HumpcatError, match="gone or was replaced"):
            add(project)
    assert counts(path) == (39, 0)
    with contextlib.closing(Project.open(path)) as project:
        assert [rater.name for rater in project.raters] == ["somebody else"]


def test_a_moved_file_holds_the_last_edit(path: Path) -> None:
    with contextlib.closing(Project.open(path)) as project:
        add(project)
        moved = path.rename(path.with_name("moved.humpcat"))
        with pytest.raises(HumpcatError, match="gone"):
            add(project)
    assert counts(moved) == (2, 2)


def test_a_log_of_a_deleted_project_is_not_taken_for_that_of_a_new_one(path: Path) -> None:
    with writer(path) as process:
        assert [said(process) for _ in range(6)][-1] == "1006"
    path.unlink()
    assert path.with_name("p.humpcat-wal").stat().st_size
    Project.create(path).close()
    assert counts(path) == (0, 0)


# The file is damaged, or something else


def filled(path: Path) -> None:
    with contextlib.closing(Project.open(path)) as project:
        for _ in range(150):
            add(project)


def overwritten(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xa5" * (path.stat().st_size - 8192))


def shortened(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def orphaned(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM recordings")


def no_json(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO settings VALUES ('scheme', '{')")


def without_a_table(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE predictions")


@pytest.mark.parametrize("harm", [overwritten, shortened, orphaned, no_json, without_a_table])
@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_project_is_told_and_left_as_it_is(path: Path, harm: object, read_only: bool) -> None:
    filled(path)
    assert callable(harm)
    harm(path)
    before = path.read_bytes()
    with pytest.raises(HumpcatError, match=r"p\.humpcat is damaged") as caught:
        Project.open(path, read_only=read_only)
    assert "backup" in caught.value.hint
    assert path.read_bytes()[100:] == before[100:]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"no database, " * 900, "damaged or no project"), (b"x", "no project")],
)
def test_a_file_that_is_no_project_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "p.humpcat"
    path.write_bytes(content)
    with pytest.raises(HumpcatError, match=told) as caught:
        Project.open(path)
    assert caught.value.hint
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_of_another_program_is_told(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(HumpcatError, match=r"places\.sqlite is a database of another program"):
        Project.open(path)
    assert path.read_bytes() == before


def test_a_project_of_a_newer_version_is_told(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(HumpcatError, match=f"project version 99, this program knows {VERSION}") as caught:
        Project.open(path)
    assert "Update the program" in caught.value.hint


def test_a_missing_project_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.humpcat", tmp_path, tmp_path / "no" / "folder.humpcat"):
        with pytest.raises(HumpcatError, match="does not exist"):
            Project.open(path)
    assert not list(tmp_path.iterdir())


# Where it lies


@pytest.mark.parametrize(
    "name", ["Übung 1", 'it\'s "so"', "100%25 #1?mode=ro&x", "a;b:c*[d]", "別", "x" * 200]
)
def test_a_project_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name[:40] / f"{name}.humpcat"
    with contextlib.closing(Project.create(path)) as project:
        add(project)
        project.sync()
        project.save_as(path.with_name(f"2 {name}.humpcat"))
    assert counts(path) == counts(path.with_name(f"2 {name}.humpcat")) == (1, 1)
    assert len(list(path.parent.iterdir())) == 2


def test_a_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d" * 100] * 5)
    for path in (deep / "p.humpcat", tmp_path / f"{'n' * 240}.humpcat", tmp_path / f"{'n' * 300}.humpcat"):
        for attempt in (Project.create, Project.open):
            with pytest.raises(HumpcatError, match="path of the project is too long") as caught:
                attempt(path)
            assert "shorter" in caught.value.hint


def test_a_path_may_be_relative(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with contextlib.closing(Project.open(Path(path.name))) as project:
        assert project.path == path
        assert project.recordings[0].path == path.parent / "1001.wav"

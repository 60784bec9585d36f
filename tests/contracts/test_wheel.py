"""What is installed: three packages and the resources, and nothing else at the top level."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that this checkout builds."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    # from the source distribution, so that it too is known to hold all that is needed
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what pip makes of the wheel alone."""
    folder = tmp_path_factory.mktemp("site")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-index")
    run(*pip, "--target", str(folder), str(wheel))
    return folder


def run(*command: str, **variables: str) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_top_level_is_exactly_three_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    version = wheel.name.split("-")[1]
    expected = {"app", "core_model", "training_jobs", f"humpcat_studio-{version}.dist-info"}
    assert {name.partition("/")[0] for name in names} == expected
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".part"))]


def test_every_resource_and_every_module_is_in_it(wheel: Path) -> None:
    wanted = {
        file.relative_to(ROOT).as_posix().replace("resources/", "app/_resources/", 1)
        for folder, pattern in (
            ("app", "*.py"),
            ("core_model", "*.py"),
            ("training_jobs", "*.py"),
            ("resources", "*.*"),
        )
        for file in (ROOT / folder).rglob(pattern)
        if file.suffix != ".part"
    }
    with zipfile.ZipFile(wheel) as archive:
        assert wanted <= set(archive.namelist())


def test_the_installed_command_answers_and_finds_its_resources(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-P", str(installed / "bin" / "humpcat"), "--version"]
    here = {"PYTHONPATH": str(installed)}
    assert run(*command, **here).startswith("humpcat ")
    code = (
        "import app, core_model, training_jobs\n"
        "from core_model.folders import resources_folder\n"
        "print(app.__file__, core_model.__file__, training_jobs.__file__, resources_folder(), sep='\\n')"
    )
    *packages, resources = run(sys.executable, "-P", "-c", code, **here).splitlines()
    assert {Path(name).parents[1] for name in packages} == {installed}
    assert Path(resources) == installed / "app" / "_resources"
    assert len(list(Path(resources, "demo").glob("*.flac"))) == 6

"""Who may import what: the contracts of pyproject.toml, and what a process that opens the window has loaded."""

import importlib.util
import json
import pkgutil
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core_model", "training_jobs", "app")
HEAVY = {"torch", "transformers", "sklearn", "matplotlib", "jinja2"}
QT = {"PySide6", "shiboken6", "pyqtgraph", "qtawesome", "sounddevice"}


def modules(package: str) -> Iterator[str]:
    """Every module of a package, found without importing any."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.submodule_search_locations is not None
    yield package
    for found in pkgutil.iter_modules(spec.submodule_search_locations, f"{package}."):
        yield from modules(found.name) if found.ispkg else [found.name]


def loaded_by(*names: str) -> set[str]:
    """The top-level modules that a new process holds after importing these."""
    code = (
        "import importlib, json, sys\n"
        "for name in json.loads(sys.argv[1]): importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    command = [sys.executable, "-P", "-c", code, json.dumps(names)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_contracts_hold() -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("import-linter is not installed beside this Python")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_of_the_window_names_all_of_app_but_the_command_line() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [window] = [contract for contract in contracts if "app.window" in contract.get("source_modules", ())]
    names = {".".join(name.split(".")[:2]) for name in modules("app")} - {"app", "app.cli"}
    assert set(window["source_modules"]) == names


def test_the_command_alone_loads_neither_qt_nor_torch() -> None:
    assert not loaded_by("app.main") & (HEAVY | QT)


def test_the_window_loads_without_torch() -> None:
    window = [name for name in modules("app") if not name.startswith("app.cli")]
    loaded = loaded_by(*window)
    assert not loaded & HEAVY
    assert "PySide6" in loaded


def test_the_libraries_know_no_qt() -> None:
    names = [*modules("core_model"), *modules("training_jobs")]
    assert not loaded_by(*names) & QT


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_itself_holds_no_more_than_a_docstring_and_the_version(package: str) -> None:
    lines = (ROOT / package / "__init__.py").read_text(encoding="utf-8").splitlines()
    code = [line for line in lines[1:] if line.strip()]
    assert lines[0].startswith('"""') and lines[0].endswith('"""')
    assert all(line.startswith("__version__ = ") for line in code)


def test_all_modules_compile_without_a_warning() -> None:
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            assert compile(file.read_bytes(), str(file), "exec") is not None

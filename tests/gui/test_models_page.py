"""The page Models: choose, export, import, delete; encoders downloaded, paused, verified, added; the cache emptied."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from local_hub import LocalHub, read_folder
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot
from tiny_models import tiny_bundle

from app.models import ModelFacts
from app.window.models.models_page import ENCODERS
from app.window.studio import Studio
from core_model.encoders.registry import list_encoders
from core_model.folders import models_folder
from core_model.settings import read_settings, readable_settings, settings_file, write_settings

Until = Callable[[Callable[[], bool]], None]
_LEFT = Qt.MouseButton.LeftButton
_HUBERT = "facebook/hubert-base-ls960"


@pytest.fixture
def page(studio: Studio, models: Path, until: Until) -> Studio:
    """The window on the page Models, with two untrained models and those that ship."""
    studio.start()
    until(lambda: len(studio.keeping.page.list.models) > 2)
    studio.actions["page:models"].trigger()
    return studio


def test_the_list_tells_of_each_model_and_the_card_is_shown(page: Studio) -> None:
    listed = page.keeping.page.list
    assert [model.name for model in listed.models] == ["default", "other", "source-en"]
    listed.choose("source-en")
    assert "ravdess" in page.keeping.page.card.toPlainText()
    assert not page.keeping.page.buttons["delete"].isEnabled()  # it ships with the program
    listed.choose("other")
    assert page.keeping.page.buttons["delete"].isEnabled()


def test_a_model_becomes_the_default_one_and_is_in_use(page: Studio, until: Until, qtbot: QtBot) -> None:
    page.keeping.page.list.choose("other")
    qtbot.mouseClick(page.keeping.page.buttons["default"], _LEFT)
    assert read_settings().default_model == "other"
    until(lambda: page.predicting.model is not None and page.predicting.model.name == "other")


def test_a_model_goes_out_comes_in_and_is_deleted(
    page: Studio, tmp_path: Path, until: Until, qtbot: QtBot
) -> None:
    keeping = page.keeping
    foreign = tiny_bundle(tmp_path / "foreign", seed=9)
    facts = ModelFacts("foreign", foreign.id, foreign.folder, "")
    keeping.export(facts, tmp_path / "theirs.humpcat-model")
    until(lambda: "Wrote foreign" in page.messages.text)
    keeping.take_in(tmp_path / "theirs.humpcat-model")
    until(lambda: "theirs" in [model.name for model in keeping.page.list.models])
    keeping.page.list.choose("theirs")
    qtbot.mouseClick(keeping.page.buttons["delete"], _LEFT)
    assert keeping.page.question.isVisible()
    write_settings(replace(read_settings(), default_model="theirs"))
    qtbot.mouseClick(keeping.page.yes, _LEFT)
    until(lambda: "theirs" not in [model.name for model in keeping.page.list.models])
    assert read_settings().default_model == "default", "commands must not look for a model that is gone"


def test_a_jobs_model_is_installed_under_a_name_that_is_asked_for_then_used(
    page: Studio, tmp_path: Path, until: Until, qtbot: QtBot
) -> None:
    left = tiny_bundle(tmp_path / "run" / "bundle", seed=9)
    page.keeping.use(left.folder, "german")
    dialogs: list[QInputDialog] = []

    def asked() -> bool:
        dialogs[:] = [each for each in page.window.findChildren(QInputDialog) if each.isVisible()]
        return bool(dialogs)

    until(asked)
    assert dialogs[0].textValue() == "german"
    qtbot.keyClick(dialogs[0], Qt.Key.Key_Return)
    until(lambda: page.predicting.model is not None and page.predicting.model.name == "german")
    page.models.choose("default")
    page.keeping.use(left.folder, "another name")  # it is here by now
    until(lambda: page.predicting.model is not None and page.predicting.model.name == "german")
    assert not (models_folder() / "another name").exists()


def test_a_job_without_its_model_says_so_where_the_user_is(
    page: Studio, tmp_path: Path, until: Until
) -> None:
    page.actions["page:tune"].trigger()
    page.keeping.use(tmp_path / "gone", "german")
    until(lambda: "bundle.json cannot be read" in page.messages.text)


def test_a_damaged_setting_hinders_no_other_default(page: Studio, until: Until) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text('cache_gb = "much"\n', encoding="utf-8")
    page.keeping.set_default(next(model for model in page.keeping.page.list.models if model.name == "other"))
    assert readable_settings().default_model == "other"
    until(lambda: "default model now" in page.messages.text)


def test_a_damaged_file_is_refused_on_the_page(page: Studio, tmp_path: Path, until: Until) -> None:
    (tmp_path / "letter.humpcat-model").write_text("dear colleague")
    page.keeping.take_in(tmp_path / "letter.humpcat-model")
    until(page.keeping.page.fault.isVisible)
    assert "is no model" in page.keeping.page.fault.text()


def _encoders(studio: Studio, until: Until) -> None:
    studio.actions["show_encoders"].trigger()
    until(lambda: studio.keeping.page.encoders.table.rowCount() > 5)


def test_an_encoder_is_asked_about_then_downloaded_and_verified(
    page: Studio, local_hub: LocalHub, tiny_hubert: Path, until: Until, qtbot: QtBot
) -> None:
    local_hub.put(_HUBERT, read_folder(tiny_hubert))
    _encoders(page, until)
    encoders = page.keeping.page.encoders
    assert encoders.current is not None
    assert encoders.current.name == "hubert-base"  # what is missing first
    qtbot.mouseClick(encoders.fetch, _LEFT)
    until(encoders.question.isVisible)
    assert "facebook/hubert-base-ls960" in encoders.question_words.text()
    qtbot.mouseClick(encoders.yes, _LEFT)
    until(lambda: "hubert-base" in [each.name for each in list_encoders()])
    until(lambda: encoders.table.item(1, 1) is not None and "verified" in page.messages.text)


def test_a_download_is_paused_and_goes_on_where_it_stopped(
    page: Studio, local_hub: LocalHub, tiny_hubert: Path, until: Until, qtbot: QtBot
) -> None:
    local_hub.put(_HUBERT, read_folder(tiny_hubert))
    local_hub.hold_after["model.safetensors"] = 100_000
    _encoders(page, until)
    encoders = page.keeping.page.encoders
    page.keeping.fetch("hubert-base")
    until(local_hub.held.is_set)
    qtbot.mouseClick(encoders.pause, _LEFT)
    local_hub.release.set()
    until(lambda: encoders.fetch.text() == "Resume the download" and encoders.fetch.isEnabled())
    assert not [each for each in list_encoders() if not each.shipped]
    assert encoders.current is not None
    assert 100_000 <= encoders.current.begun < (tiny_hubert / "model.safetensors").stat().st_size
    qtbot.mouseClick(encoders.fetch, _LEFT)
    until(lambda: "hubert-base" in [each.name for each in list_encoders()])
    assert any(asked and not asked.startswith("bytes=0") for asked in local_hub.ranges("model.safetensors"))
    until(lambda: not page.keeping._working.busy)


def test_without_a_network_the_reason_is_told(
    page: Studio, until: Until, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    _encoders(page, until)
    encoders = page.keeping.page.encoders
    qtbot.mouseClick(encoders.fetch, _LEFT)
    until(encoders.fault.isVisible)
    assert "cannot be reached" in encoders.fault.text()
    assert not encoders.question.isVisible()


def test_an_encoder_is_added_from_a_folder_and_removed(
    page: Studio, tiny_hubert: Path, tmp_path: Path, until: Until, qtbot: QtBot
) -> None:
    _encoders(page, until)
    page.keeping.add(tmp_path)
    until(page.keeping.page.encoders.fault.isVisible)  # there is no encoder in it
    page.keeping.add(tiny_hubert)
    until(lambda: len(list_encoders()) == 2)
    name = next(each.name for each in list_encoders() if not each.shipped)
    encoders = page.keeping.page.encoders
    until(lambda: name in [each.name for each in encoders._encoders])
    encoders.table.selectRow([each.name for each in encoders._encoders].index(name))
    qtbot.mouseClick(encoders.remove, _LEFT)
    assert name in encoders.question_words.text()
    page.messages.show_done("")
    qtbot.mouseClick(encoders.verify, _LEFT)
    until(lambda: "weights are verified" in page.messages.text)
    qtbot.mouseClick(encoders.no, _LEFT)
    assert len(list_encoders()) == 2
    qtbot.mouseClick(encoders.remove, _LEFT)
    qtbot.mouseClick(encoders.yes, _LEFT)
    until(lambda: len(list_encoders()) == 1)


def test_the_cache_is_told_and_emptied(page: Studio, home: Path, until: Until, qtbot: QtBot) -> None:
    place = home / "cache" / "features" / "ab"
    place.mkdir(parents=True)
    (place / "x.features").write_bytes(bytes(3_000_000))
    _encoders(page, until)
    encoders = page.keeping.page.encoders
    until(lambda: "3 MB in 1 file" in encoders.cache.text())
    qtbot.mouseClick(encoders.clear, _LEFT)
    assert "Clear the cache (3 MB)?" in encoders.question_words.text()
    qtbot.mouseClick(encoders.yes, _LEFT)
    until(lambda: "empty" in encoders.cache.text())
    assert not list(place.iterdir())
    assert page.keeping.page.currentIndex() == ENCODERS

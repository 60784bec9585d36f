"""Settings: only what differs from the defaults is kept, and a broken file is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from core_model.bundle import find_bundle
from core_model.cache import GIGABYTE, FeatureCache
from core_model.errors import HumpcatError
from core_model.settings import (
    Settings,
    read_settings,
    readable_settings,
    reset_settings,
    settings_file,
    write_settings,
)


def test_without_a_file_all_is_as_it_came() -> None:
    assert read_settings() == Settings()
    assert not settings_file().exists()


def test_what_was_set_is_read_back_and_nothing_else_is_written() -> None:
    settings = Settings(cache_gb=5.0, notify=False)
    write_settings(settings)
    assert read_settings() == settings
    assert settings_file().read_text().splitlines() == ["cache_gb = 5.0", "notify = false"]


def test_what_another_version_has_written_is_kept() -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('colour = "green"\nlanguage = "de"\n')
    write_settings(Settings(language="fr"))
    assert read_settings().language == "fr"
    assert 'colour = "green"' in settings_file().read_text()


@pytest.mark.parametrize(
    "text",
    [
        "cache_gb = ",
        "cache_gb = 'much'",
        "notify = 1",
        "device = 'toaster'",
        "cache_gb = -1",
        "cache_gb = nan",
    ],
)
def test_a_broken_file_is_told_with_its_name(text: str) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(text)
    with pytest.raises(HumpcatError, match=r"settings\.toml"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "text"), [("cache", "1"), ("cache_gb", "x"), ("notify", "maybe"), ("device", "gpu")]
)
def test_nonsense_is_refused(name: str, text: str) -> None:
    with pytest.raises(HumpcatError):
        Settings().changed(name, text)


def test_words_become_values() -> None:
    assert Settings().changed("notify", "off").notify is False
    assert Settings().changed("cache_gb", "2.5").cache_gb == 2.5


def test_the_cache_keeps_to_the_setting_and_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(Settings(cache_gb=2.0))
    assert FeatureCache().limit == 2 * GIGABYTE
    monkeypatch.setenv("HUMPCAT_CACHE_GB", "3")
    assert FeatureCache().limit == 3 * GIGABYTE


def test_one_setting_is_forgotten_even_where_its_value_is_none() -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('cache_gb = "much"\nlanguage = "de"\n')
    with pytest.raises(HumpcatError, match="cache_gb") as caught:
        read_settings()
    assert "humpcat settings reset cache_gb" in caught.value.hint
    reset_settings("cache_gb")
    assert read_settings() == Settings(language="de")
    with pytest.raises(HumpcatError, match="There is no setting 'cache'"):
        reset_settings("cache")


def test_all_settings_are_forgotten_even_where_the_file_is_damaged() -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('colour = "green"\nlanguage = "de"\n')
    reset_settings()
    assert settings_file().read_text() == 'colour = "green"\n'
    settings_file().write_text("language = ")
    with pytest.raises(HumpcatError, match="cannot be read"):
        write_settings(Settings(language="fr"))  # what cannot be understood is not written over
    reset_settings()
    assert read_settings() == Settings()


def test_a_default_model_that_is_gone_is_told(home: Path) -> None:
    assert find_bundle("").name == "default"
    write_settings(Settings(default_model="mine"))
    with pytest.raises(HumpcatError, match="The default model, mine"):
        find_bundle("")


def test_one_bad_value_costs_no_other() -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text('device = "toaster"\ncache_gb = "much"\njob_threads = 3\n', encoding="utf-8")
    with pytest.raises(HumpcatError, match=r"toaster|much"):
        read_settings()
    assert readable_settings() == Settings(job_threads=3)
    write_settings(replace(readable_settings(), notify=False))
    assert read_settings() == Settings(job_threads=3, notify=False)

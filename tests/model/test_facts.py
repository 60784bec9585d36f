"""Labels, recordings' facts, tables of predictions, and where the program keeps its files."""

import io
import os
from pathlib import Path

import pytest

from core_model import folders, prediction_table
from core_model.errors import HumpcatError
from core_model.facts import Prediction, Recording, Segment, WindowPrediction
from core_model.labels import COLOURS, EMOTIONS, FURTHER_COLOURS, PAPER, LabelScheme, colour_of


def prediction(
    file: str = "a.wav",
    labels: tuple[str, ...] = PAPER.labels,
    probabilities: tuple[float, ...] = (0.1, 0.6, 0.2, 0.1),
) -> Prediction:
    segment = Segment(Path(file), 8_000, 24_000, 16_000)
    windows = (WindowPrediction(0.5, 1.5, probabilities),)
    return Prediction(segment, labels, probabilities, windows, "default", "0" * 64)


class TestLabels:
    def test_the_papers_four_are_the_default(self) -> None:
        assert PAPER.labels == ("angry", "happy", "neutral", "sad")
        assert set(PAPER.labels) <= set(EMOTIONS)

    def test_labels_have_their_place_and_unknown_ones_are_listed(self) -> None:
        assert PAPER.indices(["sad", "angry", "sad"]) == [3, 0, 3]
        with pytest.raises(HumpcatError, match="bored, tired") as caught:
            PAPER.indices(["tired", "sad", "bored"])
        assert "angry, happy, neutral, sad" in caught.value.hint

    @pytest.mark.parametrize("labels", [(), ("angry",), ("angry", "angry")])
    def test_a_scheme_needs_two_different_labels(self, labels: tuple[str, ...]) -> None:
        with pytest.raises(HumpcatError, match="at least two different"):
            LabelScheme(labels)

    def test_colours_differ_and_own_labels_keep_theirs(self) -> None:
        assert len(set(COLOURS.values())) == len(COLOURS)
        assert colour_of("angry") == "#D55E00"
        assert colour_of("tired") == colour_of("tired")
        assert colour_of("tired") in FURTHER_COLOURS


class TestFacts:
    def test_times_come_from_samples(self) -> None:
        segment = Segment(Path("a.wav"), 22_050, 66_150, 44_100)
        assert (segment.start_seconds, segment.end_seconds) == (0.5, 1.5)
        assert Recording(Path("a.wav"), "0" * 64, 44_100, 2, 66_150).duration == 1.5

    def test_the_emotion_is_the_most_probable_label(self) -> None:
        assert (prediction().emotion, prediction().confidence) == ("happy", 0.6)


class TestTable:
    def test_a_row_has_seconds_and_probabilities_with_six_decimals(self) -> None:
        stream = io.StringIO()
        prediction_table.PredictionWriter(stream, PAPER.labels).write(prediction())
        assert stream.getvalue() == (
            "file,start,end,emotion,confidence,angry,happy,neutral,sad,model\n"
            "a.wav,0.500000,1.500000,happy,0.600000,0.100000,0.600000,0.200000,0.100000,default\n"
        )

    def test_labels_that_only_some_models_know_are_empty_for_the_others(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        other = prediction("b.wav", ("sad", "bored"), (0.3, 0.7))
        prediction_table.write_predictions(path, [prediction(), other])
        assert path.read_text().splitlines() == [
            "file,start,end,emotion,confidence,angry,happy,neutral,sad,bored,model",
            "a.wav,0.500000,1.500000,happy,0.600000,0.100000,0.600000,0.200000,0.100000,,default",
            "b.wav,0.500000,1.500000,bored,0.700000,,,,0.300000,0.700000,default",
        ]

    def test_names_with_commas_quotes_and_stray_bytes_make_no_broken_table(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        stray = os.fsdecode(b"caf\xe9.wav")  # Latin-1, as old archives have
        rows = [prediction('a,"b".wav'), prediction(stray), prediction("é.wav")]
        prediction_table.write_predictions(path, rows)
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[1].startswith('"a,""b"".wav",0.5')
        assert lines[2].startswith(r"caf\udce9.wav,0.5")
        assert lines[3].startswith("é.wav,0.5")

    def test_a_table_is_written_whole_or_not_at_all(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(HumpcatError, match="cannot be written"):
            prediction_table.write_predictions(tmp_path / "file" / "a.csv", [prediction()])


class TestFolders:
    def test_one_variable_puts_all_of_them_under_one_folder(self, home: Path) -> None:
        every = [
            folders.data_folder(),
            folders.cache_folder(),
            folders.config_folder(),
            folders.log_folder(),
            folders.models_folder(),
            folders.encoders_folder(),
        ]
        assert len(set(every)) == len(every)
        assert all(home in folder.parents for folder in every)

    def test_without_it_they_lie_where_the_system_says(
        self, monkeypatch: pytest.MonkeyPatch, home: Path
    ) -> None:
        monkeypatch.delenv("HUMPCAT_HOME")
        assert "humpcat-studio" in folders.cache_folder().parts
        assert home not in folders.cache_folder().parents

    def test_resources_are_there(self) -> None:
        assert (folders.resources_folder() / "styles").is_dir()

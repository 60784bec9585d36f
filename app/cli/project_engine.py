"""`humpcat project segment|predict`: speech found, and emotions predicted, in the recordings of a project."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.cli.project_parts import opened, progress, rater_named, recording_named, tell
from core_model.audio import waveform_blocks
from core_model.bundle import BundleRecord, find_bundle
from core_model.device_names import DEVICES
from core_model.errors import HumpcatError
from core_model.facts import Segment
from core_model.project.backups import back_up
from core_model.project.predicting import keep_prediction, segments_to_predict, unpredicted
from core_model.project.project import Project
from core_model.project.relinking import missing
from core_model.project.rows import RecordingRow
from core_model.project.segmenting import segment_by_speech, speech_spans, without_segments
from core_model.speech_activity import speech_probabilities
from core_model.speech_segments import SpeechConfig
from core_model.wording import counted

_SYNCED = 64  # predictions between two syncs: a crash of the program loses none, a power cut these
_GONE = "The file is missing or has changed. 'humpcat project relink' finds it where it is now."


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register them."""
    usual = SpeechConfig()
    segment = actions.add_parser(
        "segment",
        help="make segments where somebody speaks",
        description="Make segments where somebody speaks, in recordings in which the rater has none. Each recording "
        "is kept as it is done. A backup is made before. The exit code is 1 where recordings cannot be read.",
    )
    segment.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file")
    segment.add_argument(
        "--rater", metavar="NAME", help="whose segments (default: who annotates in the window)"
    )
    segment.add_argument(
        "--recording", action="append", metavar="NAME", help="a recording, by name or path; several times"
    )
    for name, value, words in (
        ("threshold", usual.threshold, "probability from which it is speech"),
        ("shortest", usual.shortest, "seconds; what is shorter is left out"),
        ("longest", 0.0, "seconds; what is longer is split; 0: no limit"),
        ("pause", usual.pause, "seconds; a shorter pause does not end a segment"),
        ("margin", usual.margin, "seconds before and after"),
    ):
        segment.add_argument(
            f"--{name}", type=float, default=value, metavar="X", help=f"{words} (default: {value})"
        )
    segment.set_defaults(run=run_segment)
    predict = actions.add_parser(
        "predict",
        help="predict a rater's segments",
        description="Predict a rater's segments, and recordings in which the rater has none as a whole, unless this "
        "model has done so with the bounds that they have now. Each prediction is kept as it is made. The exit code "
        "is 1 where some cannot be predicted.",
    )
    predict.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file")
    predict.add_argument(
        "--rater", metavar="NAME", help="whose segments (default: who annotates in the window)"
    )
    predict.add_argument(
        "--model", help="name or folder of a model (default: the project's, else the default one)"
    )
    predict.add_argument("--device", choices=DEVICES, help="(default: the project's, else auto)")
    predict.add_argument("--all", action="store_true", help="also those that are predicted already")
    predict.set_defaults(run=run_predict)


def run_segment(arguments: argparse.Namespace) -> int:
    """Listen to one recording after another."""
    config = SpeechConfig(
        arguments.threshold, arguments.shortest, arguments.pause, arguments.margin, arguments.longest or None
    )
    with opened(arguments.project) as project:
        rater = rater_named(project, arguments.rater)
        rows = project.recordings
        if arguments.recording:
            named = [recording_named(rows, name) for name in arguments.recording]
            rows = list({row.id: row for row in named}.values())
        bare = without_segments(project, rater.id, rows)
        if len(bare) < len(rows):
            sys.stderr.write(
                f"humpcat: {rater.name} has segments in {counted(len(rows) - len(bare), 'recording')} already.\n"
            )
        if bare:
            back_up(project.path)
        return _segment(project, rater.id, bare, config)


def _segment(project: Project, rater: int, rows: Sequence[RecordingRow], config: SpeechConfig) -> int:
    made = silent = bad = 0
    heard, total = 0.0, sum(row.duration for row in rows)
    gone = {row.id for row in missing(rows)}
    with progress("Finding speech") as advance:
        for row in rows:
            try:
                if row.id in gone:
                    raise HumpcatError(_GONE)
                spans = _spans(row, config, advance, heard, total)
            except HumpcatError as error:
                tell(row.path, error)
                bad += 1
            else:
                silent += not spans
                made += _keep(project, rater, row, spans)
            heard += row.duration
    where = counted(len(rows) - bad - silent, "recording")
    none = f"; no speech in {silent}" if silent else ""
    sys.stdout.write(f"{counted(made, 'segment')} in {where}{none}.\n")
    return 1 if bad else 0


def _spans(
    row: RecordingRow, config: SpeechConfig, advance: Callable[[float, float], None], before: float, of: float
) -> list[tuple[int, int]]:
    found = speech_probabilities(waveform_blocks(row.path), lambda heard: advance(before + heard, of))
    return speech_spans(row, found, config)


def _keep(project: Project, rater: int, row: RecordingRow, spans: list[tuple[int, int]]) -> int:
    """How many segments were made."""
    if not spans:
        return 0
    edit = segment_by_speech(project, rater, {row.id: spans})
    project.apply(edit)
    return len(edit.changes)


def run_predict(arguments: argparse.Namespace) -> int:
    """Predict one segment after another."""
    with opened(arguments.project) as project:
        rater = rater_named(project, arguments.rater)
        record = find_bundle(arguments.model or project.setting("model") or "")
        segments = segments_to_predict(project, rater.id)
        wanted = segments if arguments.all else unpredicted(project, segments, record.id)
        gone = {row.path for row in missing(project.recordings)}
        for path in dict.fromkeys(each.file for each in wanted if each.file in gone):
            tell(path, _GONE)
        there = [each for each in wanted if each.file not in gone]
        device = arguments.device or project.setting("device") or "auto"
        done = _predict(project, there, record, device) if there else 0
    before = f", {len(segments) - len(wanted)} were already" if len(wanted) < len(segments) else ""
    left_out = f", {len(wanted) - done} left out" if done < len(wanted) else ""
    sys.stdout.write(f"{counted(done, 'segment')} predicted{before}{left_out}.\n")
    return 1 if left_out else 0


def _predict(project: Project, segments: Sequence[Segment], record: BundleRecord, device: str) -> int:
    # Torch takes seconds to load, and is needed only where there is something to predict.
    from core_model.cache import FeatureCache
    from core_model.extractor import Stretch
    from core_model.predictor import Failure, Predictor

    predictor = Predictor(record, device, cache=FeatureCache())
    stretches = [Stretch(each.file, each.start, each.end) for each in segments]
    done = 0
    with progress("Predicting") as advance:
        for number, result in enumerate(predictor.predict_many(stretches), 1):
            if isinstance(result, Failure):
                rate, at = segments[number - 1].rate, result.stretch
                tell(f"{at.file} {at.start / rate:.3f}-{(at.end or 0) / rate:.3f} s", result.error)
            else:
                kept = keep_prediction(project, result, predictor.device.kind, predictor.precision)
                project.apply(kept)
                done += 1
            if number % _SYNCED == 0:
                project.sync()
            advance(number, len(stretches))
    return done

"""Label Studio's JSON: tasks with annotations and predictions ("Label Studio Task Format" in its documentation).

A task is a recording. A rater's segments are one of its annotations, a model's one of its predictions; a region holds
the label, a number for each rating, a choice "unsure" and texts for all else. Who the rater is stands in a text of the
annotation named "rater": users of Label Studio are accounts of one installation, and an unknown one is refused there.
Times are written in full.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from ..errors import HumpcatError
from ..files import write_aside
from .entry import PREDICTION, RATINGS, SCALE, Assumed, Entry, Found, Sound
from .fields import FIELDS, YES, Collector, texts_of
from .text import read_text

_AUDIO, _LABEL, _RATER = "audio", "emotion", "rater"
_LOCAL = "/data/local-files/?d="
_UPLOAD = re.compile(r"/data/upload/(?:\d+/)?(?:[0-9a-f]{8}-)?(.+)")


def write_label_studio(path: Path, entries: Sequence[Entry], sounds: Sequence[Sound] = ()) -> None:
    """Write all recordings' entries, a task a recording; `labelling_config` gives the project to import them to.

    Raises:
        HumpcatError: the file cannot be written.
    """
    durations = {sound.file: sound.duration for sound in sounds}
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.file, []).append(entry)
    tasks = (_task(file, group, durations.get(file)) for file, group in groups.items())
    text = ",\n".join(
        json.dumps(task, ensure_ascii=False) for task in tasks
    )  # indented it takes 5 times as long
    with write_aside(path) as aside:
        aside.write_text(f"[{text}]\n", encoding="utf-8", errors="backslashreplace")


def labelling_config(labels: Iterable[str]) -> str:
    """The labelling interface (XML) of a Label Studio project in which such tasks can be seen and edited."""
    choices = "".join(f"    <Label value={quoteattr(label)}/>\n" for label in labels)
    ratings = "".join(
        f'  <Number name="{name}" toName="{_AUDIO}" perRegion="true" min="{SCALE[0]}" max="{SCALE[1]}"/>\n'
        for name in RATINGS
    )
    texts = "".join(
        f'  <TextArea name="{name}" toName="{_AUDIO}" perRegion="true"/>\n'
        for name in FIELDS
        if name not in (*RATINGS, "unsure")
    )
    return (
        f'<View>\n  <Labels name="{_LABEL}" toName="{_AUDIO}">\n{choices}  </Labels>\n'
        f'  <Audio name="{_AUDIO}" value="${_AUDIO}"/>\n{ratings}'
        f'  <Choices name="unsure" toName="{_AUDIO}" perRegion="true" choice="multiple">\n'
        f'    <Choice value="unsure"/>\n  </Choices>\n{texts}'
        f'  <TextArea name="{_RATER}" toName="{_AUDIO}"/>\n</View>\n'
    )


def read_label_studio(path: Path, assumed: Assumed = Assumed()) -> Found:  # noqa: B008 - frozen
    """Read tasks: regions of sound with their labels, and labels of whole recordings.

    Without a text "rater" the rater is who completed the annotation: an address, or "rater 3". Of several labels of a
    region the first is taken, and the others are named. Links are read as the files that Label Studio made them from.

    Raises:
        HumpcatError: it cannot be read, or is no list of tasks.
    """
    try:
        tasks = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise HumpcatError(f"{path.name} is damaged: it is not JSON.") from error
    tasks = [tasks] if isinstance(tasks, dict) else tasks
    if not isinstance(tasks, list) or not all(
        isinstance(task, dict) and isinstance(task.get("data"), dict) for task in tasks
    ):
        hint = "In Label Studio, export as JSON (not as JSON-MIN)."
        raise HumpcatError(f"{path.name} is no list of Label Studio's tasks.", hint)
    collector = Collector(path, assumed)
    for number, task in enumerate(tasks, 1):
        _collect_task(collector, f"task {task.get('id', number)}", task, assumed)
    return collector.found()


def is_label_studio(head: str) -> bool:
    """Whether a file that starts like this is a list of tasks."""
    return head.lstrip("\ufeff \t\r\n").startswith(("[", "{"))


def _task(file: str, entries: Sequence[Entry], duration: float | None) -> dict[str, Any]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for number, entry in enumerate(entries, 1):
        model = entry.model if entry.tier == PREDICTION else ""
        groups.setdefault((entry.tier, model), []).extend(_region(entry, f"segment{number}", duration))
    predictions = [
        {"model_version": model, "result": result}
        for (tier, model), result in groups.items()
        if tier == PREDICTION
    ]
    annotations = [
        {"result": [{"id": f"rater{number}", **_item(_RATER, "textarea", {"text": [tier]})}, *result]}
        for number, ((tier, _), result) in enumerate(groups.items(), 1)
        if tier != PREDICTION
    ]
    return {"data": {_AUDIO: file}, "annotations": annotations, "predictions": predictions}


def _region(entry: Entry, name: str, duration: float | None) -> Iterator[dict[str, Any]]:
    length = {} if duration is None else {"original_length": duration}
    times = {"start": entry.start, "end": entry.end, "channel": 0}
    texts = texts_of(entry)
    if entry.tier == PREDICTION:
        texts.pop("model", None)  # the prediction's model_version
        confidence = texts.pop("confidence", None)
        length |= {} if confidence is None else {"score": float(confidence)}
    labels = [entry.label] if entry.label else []
    yield {"id": name, **_item(_LABEL, "labels", {**times, "labels": labels}), **length}
    for field, text in texts.items():
        value: dict[str, Any] = {"text": [text]}
        kind = "textarea"
        if field in RATINGS:
            kind, value = "number", {"number": int(text)}
        elif field == "unsure":
            kind, value = "choices", {"choices": ["unsure"]}
        yield {"id": name, **_item(field, kind, {**times, **value})}


def _item(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"from_name": name, "to_name": _AUDIO, "type": kind, "value": value}


def _collect_task(collector: Collector, where: str, task: Mapping[str, Any], assumed: Assumed) -> None:
    file = assumed.file or _file_of(task["data"])
    if not file:
        collector.refuse(where, "It names no sound.")
        return
    for kind in ("annotations", "predictions"):
        for given in _objects(task.get(kind)):
            if given.get("was_cancelled"):
                continue
            items = _objects(given.get("result"))
            tier = PREDICTION if kind == "predictions" else _rater(given, items)
            regions: dict[str, list[Mapping[str, Any]]] = {}
            for item in items:
                if item.get("from_name") != _RATER:
                    regions.setdefault(str(item.get("id", "")), []).append(item)
            model = str(given.get("model_version") or "") if tier == PREDICTION else ""
            for name, region in regions.items():
                _collect_region(collector, f"{where}, region {name}", region, (file, tier, model), assumed)


def _collect_region(
    collector: Collector,
    where: str,
    region: Sequence[Mapping[str, Any]],
    about: tuple[str, str, str],
    assumed: Assumed,
) -> None:
    file, tier, model = about
    times = _times(region) or _whole(region, file, assumed)
    if times is None:
        collector.refuse(where, "It has no start and end.")
        return
    labels: list[str] = []
    texts = {"model": model}
    for item in region:
        value = item.get("value")
        name, found = str(item.get("from_name", "")), _content(value if isinstance(value, dict) else {})
        if name in FIELDS:
            texts[name] = YES if name == "unsure" and found else "\n".join(found)
        elif item.get("type") in ("labels", "choices", "hypertextlabels"):
            labels += found
        if tier == PREDICTION and isinstance(item.get("score"), int | float):
            texts.setdefault("confidence", str(item["score"]))
    if len(set(labels)) > 1:
        collector.refuse(where, f"Of its labels only the first is taken: {', '.join(labels)}.")
    collector.add(where, *times, labels[0] if labels else "", texts, tier=tier, file=file)


def _times(region: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    for item in region:
        value = item.get("value")
        if isinstance(value, dict):
            start, end = value.get("start"), value.get("end")
            if isinstance(start, int | float) and isinstance(end, int | float):
                return float(start), float(end)
    return None


def _whole(region: Sequence[Mapping[str, Any]], file: str, assumed: Assumed) -> tuple[float, float] | None:
    lengths = [
        item["original_length"] for item in region if isinstance(item.get("original_length"), int | float)
    ]
    end = float(lengths[0]) if lengths else assumed.duration_of(file)
    return None if end is None else (0.0, end)


def _content(value: Mapping[str, Any]) -> list[str]:
    """What an item says: its labels, choices, texts or number, whatever the name."""
    for name, content in value.items():
        if name not in ("start", "end", "channel"):
            return [str(each) for each in content] if isinstance(content, list) else [f"{content}"]
    return []


def _rater(annotation: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> str:
    for item in items:
        value = item.get("value")
        if item.get("from_name") == _RATER and isinstance(value, dict) and (found := _content(value)):
            return found[0]
    person = annotation.get("completed_by")
    if isinstance(person, dict):
        person = person.get("email") or person.get("id")
    return f"rater {person}" if isinstance(person, int) else str(person or "")


def _file_of(data: Mapping[str, Any]) -> str:
    """The recording: the task's "audio" or, in projects that call it otherwise, its first text."""
    texts = [str(value) for value in (data.get(_AUDIO), *data.values()) if isinstance(value, str)]
    link = texts[0] if texts else ""
    if _LOCAL in link:
        return unquote(link.split(_LOCAL, 1)[1])
    upload = _UPLOAD.search(link)
    return unquote(upload[1]) if upload else link


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

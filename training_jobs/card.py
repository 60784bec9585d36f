"""The model card: what a bundle was trained on, how, how well it does, and what it must not be trusted with."""

from collections.abc import Iterator, Mapping
from typing import Any

from core_model.bundle import BundleRecord


def model_card(record: BundleRecord) -> str:
    """A bundle's card as Markdown, from its record alone."""
    sections = (_title(record), _data(record), _protocol(record), _results(record), _limits(record))
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _title(record: BundleRecord) -> Iterator[str]:
    yield f"# {record.name}"
    yield ""
    yield f"A HuMP-CAT network for the labels {', '.join(record.labels)}."
    branches = ", ".join(record.network.features)
    if record.encoder is None:
        yield f"Branches: {branches}. It needs no speech encoder."
        return
    layers = " and ".join(map(str, record.encoder.layers))
    yield f"Branches: {branches}. Encoder: {record.encoder.name}, blocks {layers}."
    if record.network.shortcut:
        yield (
            f"A linear shortcut from the encoder's means over time has {100 * record.network.shortcut:.0f} % of the "
            "log-probabilities; it is no part of the paper's network, and the attention maps do not show it."
        )
    if record.encoder.family == "whisper":
        yield ""
        yield (
            "**The encoder is Whisper's, standing where the paper has HuBERT.** Nothing measured here is a figure of "
            "the paper's HuBERT model."
        )


def _data(record: BundleRecord) -> Iterator[str]:
    yield "## Data"
    yield ""
    data: Mapping[str, Any] = record.training.get("data", {})
    yield f"| corpus | utterances | speakers | {' | '.join(record.labels)} |"
    yield f"|---|---|---|{'---|' * len(record.labels)}"
    for corpus, facts in data.items():
        if corpus != "skipped":
            counts = " | ".join(str(facts["labels"][label]) for label in record.labels)
            yield f"| {corpus} | {facts['utterances']} | {facts['speakers']} | {counts} |"
    yield ""
    yield record.training.get(
        "data_note", "The corpora's own licences govern what the model may be used for."
    )


def _protocol(record: BundleRecord) -> Iterator[str]:
    training = record.training
    yield "## Training and protocol"
    yield ""
    if "source" in training:
        yield f"Fine-tuned from the model {training['source']}."
    yield training.get("protocol", "")
    recipe: Mapping[str, Any] = training.get("recipe", {})
    if recipe:
        yield ""
        yield (
            "Recipe: "
            + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in recipe.items())
            + "."
        )


def _results(record: BundleRecord) -> Iterator[str]:
    metrics = record.metrics
    yield "## Results"
    yield ""
    if not metrics:
        yield "Not measured: all of the data was used for training."
        return
    parts = metrics.get("by_corpus", {"test": metrics})
    yield "UA and WA in %, with 95 % intervals. Speakers known: their unlabelled statistics standardise the features; "
    yield "unknown: the model's own do."
    yield ""
    yield "| test | n | UA, known | WA, known | UA, unknown | WA, unknown | ECE |"
    yield "|---|---|---|---|---|---|---|"
    for name, part in parts.items():
        unknown = part["unknown_speaker"]
        yield (
            f"| {name} | {part['count']} | {_percent(part, 'ua')} | {_percent(part, 'wa')} | "
            f"{_percent(unknown, 'ua')} | {_percent(unknown, 'wa')} | {part['ece']:.3f} |"
        )
    for name, part in parts.items():
        yield ""
        yield f"Confusion, {name}, speakers known (rows: truth; columns: prediction):"
        yield ""
        yield f"| | {' | '.join(part['labels'])} |"
        yield f"|---|{'---|' * len(part['labels'])}"
        for label, row in zip(part["labels"], part["confusion"], strict=True):
            yield f"| **{label}** | {' | '.join(map(str, row))} |"


def _limits(record: BundleRecord) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield "- Acted speech, recorded in quiet rooms: expect less of spontaneous, noisy or telephone speech."
    yield "- Languages other than those above are guesses; fine-tune on a few speakers of yours and measure."
    yield f"- It answers one of {len(record.labels)} labels even where none fits; a low confidence is worth reading."
    yield "- What a voice sounds like is not what a person feels. Do not judge people by it."


def _percent(metrics: Mapping[str, Any], name: str) -> str:
    low, high = metrics[f"{name}_interval"]
    return f"{100 * metrics[name]:.1f} ({100 * low:.1f}-{100 * high:.1f})"

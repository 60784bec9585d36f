"""The models that are installed, as the window shows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core_model.bundle import BundleRecord


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model: what it is called, what it is, what was measured of it.

    Attributes:
        about: labels and encoder, in a sentence.
        encoder_here: whether its encoder is; a model without one needs none.
        corpora: what it learned from, with their languages where these are known.
        ua, ua_unknown: measured by its own test, with and without the speakers' statistics; None: not measured.
        size: bytes.
        shipped: whether it came with the program, and so stays.
        card: Markdown.
    """

    name: str
    id: str
    folder: Path
    about: str
    labels: tuple[str, ...] = ()
    encoder: str = ""
    encoder_here: bool = True
    corpora: tuple[str, ...] = ()
    ua: float | None = None
    ua_unknown: float | None = None
    size: int = 0
    shipped: bool = False
    card: str = ""


def installed_models() -> list[ModelFacts]:
    """All models. Called in a compute process: the import is slow."""
    from core_model.bundle import list_bundles
    from core_model.encoders.registry import list_encoders

    here = {record.hash for record in list_encoders()}
    return [_facts(record, here) for record in list_bundles()]


def _facts(record: "BundleRecord", here: set[str]) -> ModelFacts:
    from core_model.folders import resources_folder
    from training_jobs.corpora.languages import language_of

    corpora = [name for name in record.training.get("data", {}) if name != "skipped"]
    languages = {name: language_of(name) for name in corpora}
    metrics = record.metrics
    return ModelFacts(
        record.name,
        record.id,
        record.folder,
        f"labels: {', '.join(record.labels)}; encoder: {record.encoder_name}",
        record.labels,
        record.encoder_name,
        record.encoder is None or record.encoder.hash in here,
        tuple(f"{name} ({language})" if language else name for name, language in languages.items()),
        metrics.get("ua"),
        metrics.get("unknown_speaker", {}).get("ua"),
        sum(path.stat().st_size for path in record.folder.iterdir() if path.is_file()),
        record.folder.is_relative_to(resources_folder()),
        record.card(),
    )

"""Models, encoders and the cache kept, fetched, thrown away: what the page Models asks a process of its own for.

Every function takes a progress function first, as `app.background` wants it; libraries are imported in that process.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .background import Progress, Stopped

_downloading = threading.Lock()  # a download that was stopped takes seconds to end; the next one waits


@dataclass(frozen=True, slots=True)
class EncoderFacts:
    """An encoder that is here, or that can be fetched.

    Attributes:
        source: the hub's id, or the folder it came from.
        size: bytes; of one that is not here, roughly.
        here: whether it is present.
        fixed: whether it came with the program, and so stays.
        detail: family, layers, width and hash of one that is here.
        begun: bytes that a download left which was stopped.
    """

    name: str
    source: str
    licence: str
    size: int
    here: bool
    fixed: bool = False
    detail: str = ""
    begun: int = 0


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What a download brings: from where, how many bytes, under which licence, how the weights come."""

    name: str
    address: str
    size: int
    licence: str
    origin: str


def encoders(_progress: Progress) -> list[EncoderFacts]:
    """Encoders that are here, then those that can be fetched by name; HuBERT base first of them."""
    from core_model.encoders import hub
    from core_model.encoders.known import KNOWN_ENCODERS
    from core_model.encoders.registry import list_encoders

    here = [
        EncoderFacts(
            each.name,
            each.source,
            each.licence,
            each.size,
            True,
            each.shipped,
            f"{each.family}, {each.layers} layers of width {each.width}, hash {each.hash[:12]}",
        )
        for each in list_encoders()
    ]
    names = {each.name for each in here}
    known = [
        EncoderFacts(
            each.name,
            each.source,
            each.licence,
            each.megabytes * 1_000_000,
            False,
            begun=hub.begun(each.name),
        )
        for each in KNOWN_ENCODERS.values()
        if each.name not in names
    ]
    return [*here, *known]


def plan_fetch(_progress: Progress, name: str) -> FetchPlan:
    """Ask the hub what there is to download; see `core_model.encoders.hub.plan_fetch`."""
    from core_model.encoders import hub

    plan = hub.plan_fetch(name)
    return FetchPlan(name, f"{hub.endpoint()}/{plan.source}", plan.size, plan.licence, plan.origin)


def fetch(progress: Progress, name: str) -> str:
    """Download an encoder, going on where an earlier download stopped; see `core_model.encoders.hub.fetch_encoder`."""
    from core_model.encoders import hub

    told = [0.0, 0.0]

    def tell(done: float, of: float) -> None:
        told[:] = [done, of]
        progress(done, of)

    def stopped() -> bool:
        try:
            progress(*told)
        except Stopped:
            return True
        return False

    with _downloading:
        return hub.fetch_encoder(name, progress=tell, cancel=stopped).name


def add(progress: Progress, folder: Path) -> str:
    """Copy in an encoder's folder; see `core_model.encoders.registry.add_encoder`."""
    from core_model.encoders.registry import add_encoder

    return add_encoder(folder, progress=progress).name


def verify(progress: Progress, name: str) -> str:
    """Compare an encoder's weights with their hash; see `core_model.encoders.registry.verify_encoder`."""
    from core_model.encoders.registry import verify_encoder

    return verify_encoder(name, progress).name


def remove(_progress: Progress, name: str) -> str:
    """Delete an encoder that was fetched or added."""
    from core_model.encoders.registry import remove_encoder

    remove_encoder(name)
    return name


def cache_size(progress: Progress) -> tuple[int, int]:
    """Files in the feature cache, and their bytes."""
    from core_model.cache import FeatureCache

    return FeatureCache().size(_check(progress))


def clear_cache(progress: Progress) -> int:
    """Empty the feature cache; the bytes freed."""
    from core_model.cache import FeatureCache

    return FeatureCache().clear(progress)


def export_model(_progress: Progress, folder: Path, path: Path) -> Path:
    """Write a model as one file."""
    from core_model.bundle import read_record
    from core_model.bundle_files import export_bundle

    export_bundle(read_record(folder), path)
    return path


def installed_twin(_progress: Progress, folder: Path) -> str:
    """The name under which the model in a folder is installed, or ""."""
    from core_model import bundle_files

    return bundle_files.installed_twin(folder)


def import_model(_progress: Progress, path: Path, name: str) -> tuple[str, str]:
    """Check a model's file or folder and take it in; its name, and the encoder that it needs and that is not here."""
    from core_model.bundle_files import import_bundle, missing_encoder

    record = import_bundle(path, name)
    return record.name, missing_encoder(record)


def delete_model(_progress: Progress, name: str) -> int:
    """Delete a model that was made or imported; the bytes freed."""
    from core_model.bundle_files import delete_bundle

    return delete_bundle(name)


def _check(progress: Progress) -> Callable[[], None]:
    return lambda: progress(0, 0)

"""The models that can be chosen."""

from pathlib import Path


def installed_models() -> list[tuple[str, str, Path, str]]:
    """Name, id, folder and a sentence for each model. Called in the compute process: the import is slow."""
    from core_model.bundle import list_bundles

    return [
        (b.name, b.id, b.folder, f"labels: {', '.join(b.labels)}; encoder: {b.encoder_name}")
        for b in list_bundles()
    ]

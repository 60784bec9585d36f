"""Putting a job's bundle among the installed models."""

import shutil
from pathlib import Path

from core_model.bundle import read_record
from core_model.errors import HumpcatError
from core_model.files import write_aside
from core_model.folders import models_folder
from core_model.model_names import BUNDLE_FILE

from ..jobs.control import Control
from ..jobs.run_folder import RunFolder


def install(run: RunFolder, name: str, control: Control) -> Path:
    """Copy the run folder's bundle to the models under a name; once more is no harm.

    Raises:
        HumpcatError: the name has been taken by another model meanwhile, or the disk is full.
    """
    record = read_record(run.bundle)
    folder = models_folder() / name
    if (folder / BUNDLE_FILE).is_file():
        if read_record(folder).id != record.id:
            raise HumpcatError(
                f"A model is called {name} already.",
                f"The new one is kept in {run.bundle}, and can be used by that path.",
            )
    else:
        with write_aside(folder) as aside:
            shutil.copytree(run.bundle, aside)
    control.event("artifact", what="model", name=name, path=str(folder))
    return folder

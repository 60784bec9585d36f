"""Several files of one folder that are written all or none."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from ..files import not_written


@contextlib.contextmanager
def write_together(folder: Path) -> Iterator[Path]:
    """Yield a folder aside to write to, subfolders and all; put its files in place when the block succeeds.

    Other files in `folder` stay. Until every file is written, none is in place.

    Raises:
        HumpcatError: the disk is full, or the folder cannot be written.
    """
    aside = folder / f".{uuid.uuid4().hex[:8]}.part"
    try:
        aside.mkdir(parents=True)
        yield aside
        files = sorted(path for path in aside.rglob("*") if path.is_file())
        for file in files:
            with file.open("r+b") as stream:
                os.fsync(stream.fileno())
        for file in files:
            place = folder / file.relative_to(aside)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, place)
    except OSError as error:
        raise not_written(error, folder) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)

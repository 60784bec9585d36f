"""Kills a process that edits a project at random moments, and looks for every edit that it had made.

python tests/benchmarks/project_kills.py [KILLS] [SEED]
"""

import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from project_runs import edited_until_killed, lost

from core_model.project.project import Project

EACH = 20  # kills of a project; then a new one, as a large one takes long to open


def main(kills: int, seed: int) -> None:
    """Kill, open again, look."""
    chosen = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        made: list[int] = []
        total = 0
        for number in range(1, kills + 1):
            path = Path(folder) / f"{(number - 1) // EACH}.humpcat"
            if not path.exists():
                Project.create(path).close()
                made = []
            new = edited_until_killed(path, chosen, 0.5)
            made, total = made + new, total + len(new)
            gone = lost(path, made)
            sys.stdout.write(f"kill {number}: {total} edits made, {len(gone)} lost {gone[:5]}\n")
            sys.stdout.flush()
            assert not gone


if __name__ == "__main__":
    main(*map(int, (*sys.argv[1:3], *("200", "1")[len(sys.argv) - 1 :])))

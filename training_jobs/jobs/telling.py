"""What a job tells, as sentences: for the terminal, the log, the window."""

from pathlib import Path
from typing import Any


def sentence(event: dict[str, Any]) -> str:
    """An event of `events.jsonl` in words; "" where it has none for people."""
    kind = event["event"]
    if kind in ("phase", "notice"):
        return str(event["text"])
    if kind == "epoch":
        epoch = event["epoch"]
        validation = epoch["validation"]
        told = f"   validation UA {100 * validation['ua']:5.1f} %" if validation else ""
        return f"{event['split']}: epoch {epoch['number']:3d}   loss {epoch['loss']:6.3f}{told}"
    if kind == "metrics":
        metrics = event["metrics"]["network"]
        return f"{event['split']}: UA {100 * metrics['ua']:.1f} %, WA {100 * metrics['wa']:.1f} % of {metrics['count']}"
    if kind == "skipped":
        return f"{Path(event['file']).name}: {event['reason']}"
    if kind == "measured":
        return f"The {event['what']} took {event['seconds']:.0f} s."
    return ""

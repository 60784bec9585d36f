"""nEMO: names tell speaker and emotion, its table data.tsv the speakers' genders."""

from dataclasses import replace

from core_model.errors import HumpcatError

from .facts import Found, Tree
from .genders import gender_of
from .names import NameConvention, confidence, read_names
from .tables import read_rows

_TABLE = "data.tsv"


def read_nemo(tree: Tree, convention: NameConvention) -> Found:
    """What the names tell, with the genders of data.tsv, whose speakers prove that it is nEMO."""
    found = read_names(tree, convention)
    table = next((path for path in tree.others if path.name.lower() == _TABLE), None)
    if table is None or not found.entries:
        return found
    try:
        _, rows = read_rows(table)
    except HumpcatError:  # the names tell all but the genders
        return found
    genders = {row.get("speaker_id", "").upper(): gender_of(row.get("gender", "")) for row in rows}
    entries = tuple(replace(entry, gender=genders.get(entry.speaker, "")) for entry in found.entries)
    told = (*found.evidence, f"{_TABLE} with {len(rows)} rows")
    if not any(entry.speaker in genders for entry in entries):
        return replace(found, evidence=told)
    sure = confidence(found.fits, found.of, True)
    return replace(found, entries=entries, evidence=told, confidence=sure, proved=True)

"""nEMO: names tell speaker and emotion, its table data.tsv the speakers' genders."""

from dataclasses import replace

from core_model.errors import HumpcatError

from .facts import FEMALE, MALE, Found, Tree
from .names import NameConvention, read_names
from .tables import read_rows

_TABLE = "data.tsv"
_GENDERS = {"female": FEMALE, "f": FEMALE, "male": MALE, "m": MALE}


def read_nemo(tree: Tree, convention: NameConvention) -> Found:
    """What the names tell, with the genders of data.tsv where it lies beside them."""
    found = read_names(tree, convention)
    table = next((path for path in tree.others if path.name.lower() == _TABLE), None)
    if table is None or not found.entries:
        return found
    try:
        _, rows = read_rows(table)
    except HumpcatError:  # the names tell all but the genders
        return found
    genders = {
        row.get("speaker_id", "").upper(): _GENDERS.get(row.get("gender", "").lower(), "") for row in rows
    }
    entries = tuple(replace(entry, gender=genders.get(entry.speaker, "")) for entry in found.entries)
    return replace(found, entries=entries, evidence=(*found.evidence, f"{_TABLE} with {len(rows)} rows"))

"""Words for the two genders that corpora tell, in the languages whose label words we know."""

from .facts import FEMALE, MALE
from .label_maps import unmarked

_FEMALE = (
    "f", "female", "females", "w", "woman", "women", "girl", "girls", "weiblich", "frau", "frauen", "mujer", "mujeres",
    "femenino", "femenina", "donna", "donne", "femmina", "femmine", "femminile", "femme", "femmes", "féminin",
    "féminine", "女", "女性", "女声",
)  # fmt: skip
_MALE = (
    "m", "male", "males", "man", "men", "boy", "boys", "männlich", "mann", "männer", "hombre", "hombres", "masculino",
    "masculina", "uomo", "uomini", "maschio", "maschi", "maschile", "homme", "hommes", "masculin", "masculine", "男",
    "男性", "男声",
)  # fmt: skip
_GENDERS = {unmarked(word): FEMALE for word in _FEMALE} | {unmarked(word): MALE for word in _MALE}


def gender_of(word: str) -> str:
    """ "female" or "male" of a word in any letter case, with its accents or without; "" of any other."""
    return _GENDERS.get(unmarked(word), "")

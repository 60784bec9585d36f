"""Words that depend on a number."""


def counted(number: int, noun: str) -> str:
    """A number and what it counts, in the right form: "1 speaker", "2 speakers"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"

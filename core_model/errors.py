"""The one exception that is meant for people to read."""


class HumpcatError(Exception):
    """An expected failure, told as a sentence and what to do about it.

    Args:
        message: what went wrong, one sentence, naming the file or value concerned.
        hint: what the reader can do next; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Interrupted(HumpcatError):
    """Work was cancelled or cut off, and can go on later."""

"""How long work that is under way will still take."""


def remaining(elapsed: float, done: int, of: int) -> str:
    """The time left in words, from the time (s) that the part done took; empty while nothing can be said yet."""
    if done <= 0 or done >= of or elapsed <= 0:
        return ""
    seconds = elapsed / done * (of - done)
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} s left"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min left"
    return f"about {seconds / 3600:.1f} h left"

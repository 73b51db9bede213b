"""The one error of every contract: what was wrong, where, and what to do."""


class Malformed(ValueError):
    """A payload that cannot be understood; `where` is a path or line in it, `reason` a sentence.

    Both can be written as UTF-8: a lone surrogate that they quote stands there as its escape.
    """

    def __init__(self, reason: str, where: str = "") -> None:
        self.reason, self.where = _writable(reason), _writable(where)
        super().__init__(f"{self.where}: {self.reason}" if where else self.reason)


def _writable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()

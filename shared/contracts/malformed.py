"""The one error of every contract: what was wrong, where, and what to do."""


class Malformed(ValueError):
    """A payload that cannot be understood; `where` is a path or line in it, `reason` a sentence."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason, self.where = reason, where

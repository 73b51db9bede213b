"""The stack and the memo of a pickle, kept as its loader would keep them."""

from typing import Any

from shared.contracts.artifacts.values import MARK, Broken

MOST_MEMOS = 1_000_000


class Stack:
    """Values with marks between them; every method raises Broken where a loader would find nothing to take."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._memo: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._values)

    def push(self, value: Any) -> None:
        """Put one value on top."""
        self._values.append(value)

    def pop(self) -> Any:
        """Take the top value, which must not be a mark."""
        value = self.top()
        self._values.pop()
        return value

    def top(self) -> Any:
        """The top value, which must not be a mark."""
        if not self._values or self._values[-1] is MARK:
            raise Broken("nothing is on the stack where a value is taken")
        return self._values[-1]

    def take(self, count: int) -> tuple[Any, ...]:
        """Take the `count` top values, in the order in which they were put there."""
        return tuple(reversed([self.pop() for _ in range(count)]))

    def discard(self) -> None:
        """Take the top value or the top mark."""
        if not self._values:
            raise Broken("nothing is on the stack where a value is thrown away")
        self._values.pop()

    def since_mark(self) -> list[Any]:
        """Take everything above the top mark, and the mark."""
        taken: list[Any] = []
        while self._values:
            value = self._values.pop()
            if value is MARK:
                taken.reverse()
                return taken
            taken.append(value)
        raise Broken("no mark is on the stack where one is looked for")

    def remember(self, place: int | None = None) -> None:
        """Keep the top value in the memo, at `place` or behind all others."""
        place = len(self._memo) if place is None else place
        if not 0 <= place < MOST_MEMOS:
            raise Broken(f"the memo has no place {str(place)[:20]}")
        self._memo[place] = self.top()

    def recall(self, place: int) -> None:
        """Put the value of a memo on top."""
        if place not in self._memo:
            raise Broken(f"nothing was kept in the memo at {str(place)[:20]}")
        self._values.append(self._memo[place])

"""Deadlines by key: one per key, cheap to set, move and forget, and taken in the order they fall due."""

import heapq


class Deadlines:
    """At most one deadline (milliseconds) per key; memory stays proportional to the keys that have one."""

    def __init__(self) -> None:
        self._due: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._due)

    def set(self, key: int, at: int) -> None:
        """Set or move the deadline of `key`."""
        self._due[key] = at
        heapq.heappush(self._heap, (at, key))
        if len(self._heap) > 2 * len(self._due) + 64:
            self._heap = [(due, live) for live, due in self._due.items()]
            heapq.heapify(self._heap)

    def discard(self, key: int) -> None:
        """Forget the deadline of `key`, if it has one."""
        self._due.pop(key, None)

    def next(self) -> int | None:
        """The earliest deadline, None if there is none."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: int) -> list[int]:
        """The keys whose deadline is at or before `now`, earliest first; they have none afterwards."""
        due: list[int] = []
        while (at := self.next()) is not None and at <= now:
            key = heapq.heappop(self._heap)[1]
            del self._due[key]
            due.append(key)
        return due

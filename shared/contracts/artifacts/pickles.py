"""Read a pickle step by step without ever loading it; what is not known to be harmless is refused, and where."""

import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO

from shared.contracts.artifacts import dtypes, effects
from shared.contracts.artifacts.allowed import NUMPY_WRAPPER, Allowed, named
from shared.contracts.artifacts.frames import Frames
from shared.contracts.artifacts.raw_arrays import pass_over
from shared.contracts.artifacts.stack import Stack
from shared.contracts.artifacts.values import OPAQUE, Broken, Global, Made, Table
from shared.contracts.malformed import Malformed

MOST_STEPS = 500_000  # a forest of two thousand trees; it takes a second to read them
NEWEST_PROTOCOL = 5
DEEPEST = 3  # arrays of objects in arrays of objects


def judge_pickle(stream: BinaryIO, size: int, allowed: Allowed, *, by_joblib: bool = True) -> None:
    """Raises Malformed unless the pickle in `stream` (of `size` bytes) is harmless to every loader.

    joblib puts the bytes of arrays between the steps. At these plain pickle stops, but not at an array of objects,
    which is a pickle with a memo of its own: plain pickle would read on and understand another one. So they are
    refused unless the file is loaded `by_joblib` for sure.
    """
    Reading(stream, size, allowed, objects=DEEPEST if by_joblib else 0).run()
    if stream.read(1):
        raise Malformed("bytes follow after the end of the pickle; save one object alone", f"byte {stream.tell() - 1}")


class Reading:
    """One pass over the pickle that begins where `stream` is; `objects` is how deep joblib's arrays of objects nest."""

    def __init__(self, stream: BinaryIO, size: int, allowed: Allowed, *, objects: int) -> None:
        self.stream, self.size, self.allowed, self.objects = stream, size, allowed, objects
        self.stack = Stack()
        self._start = stream.tell()
        self._frames = Frames(size)

    def run(self) -> None:
        """Read to the end of the pickle; raises Malformed with the place of the first step that is not allowed."""
        place = self._start
        try:
            for count, (opcode, argument, position) in enumerate(pickletools.genops(self.stream)):
                place = self._start if position is None else position
                if count >= MOST_STEPS:
                    raise Malformed(f"more than {MOST_STEPS} steps; save large models as ONNX")
                self._frames.step(place)
                self._step(opcode.name, argument, place)
        except Malformed as refused:
            where = refused.where or f"byte {place}"
            raise type(refused)(refused.reason, where) from None
        except (ValueError, OverflowError) as error:
            raise Broken(f"no whole pickle: {str(error)[:120]}", f"after byte {place}") from None

    def _step(self, name: str, argument: Any, place: int) -> None:
        if name == "PROTO":
            self._protocol(argument, place)
        elif name == "FRAME":
            self._frames.open(argument, self.stream.tell())
        elif name == "STOP":
            self._stop()
        elif name in effects.SIMPLE:
            effects.SIMPLE[name](self.stack, argument)
        elif name in _JUDGED:
            _JUDGED[name](self, argument)
        else:
            raise Malformed(f"the step {name} is refused; it reaches for something outside of the file or is outdated")

    def _protocol(self, version: int, place: int) -> None:
        if place != self._start or version > NEWEST_PROTOCOL:
            raise Malformed(f"protocol {version} is announced where no loader of ours expects it")

    def _stop(self) -> None:
        self._frames.end(self.stream.tell())
        self.stack.pop()
        if len(self.stack):
            raise Malformed("values are left over at the end of the pickle")

    def name(self, name: Global) -> None:
        """Put a class or function on the stack; raises Malformed for one that is not on the list."""
        if not self.allowed.knows(name):
            raise Malformed(f"it names {name}, which is not on the list of what a model may be made of")
        self.stack.push(name)

    def global_(self, argument: str) -> None:
        """GLOBAL: module and name are written out."""
        module, _, name = argument.partition(" ")
        self.name(named(module, name))

    def stack_global(self, _: Any) -> None:
        """STACK_GLOBAL: module and name are on the stack, and must have been written out as they are."""
        module, name = self.stack.take(2)
        if type(module) is not str or type(name) is not str:
            raise Malformed("it computes the name of what it imports")
        self.name(named(module, name))

    def reduce(self, _: Any) -> None:
        """REDUCE: something is called."""
        by, arguments = self.stack.take(2)
        if not isinstance(by, Global):
            raise Malformed("it calls something that it has made itself")
        if by == NUMPY_WRAPPER or not isinstance(arguments, tuple) or not self.allowed.calling(by, arguments):
            raise Malformed(f"it calls {by}, which no model of ours needs so")
        self.stack.push(Made(by, arguments))

    def newobj(self, _: Any) -> None:
        """NEWOBJ: an object is made of a class."""
        self._make(*self.stack.take(2))

    def newobj_ex(self, _: Any) -> None:
        """NEWOBJ_EX: an object is made of a class, with arguments by name, too."""
        by, arguments, named = self.stack.take(3)
        if not isinstance(named, Table):
            raise Malformed("it makes an object with arguments that are no dictionary")
        self._make(by, arguments)

    def _make(self, by: Any, arguments: Any) -> None:
        if not isinstance(by, Global) or not isinstance(arguments, tuple) or not self.allowed.making(by):
            raise Malformed(f"it makes an object of {by if isinstance(by, Global) else 'something'}, which is no class")
        self.stack.push(Made(by, arguments))

    def build(self, _: Any) -> None:
        """BUILD: an object gets its state."""
        made, state = self.stack.take(2)
        effects.build(made, state)
        self.stack.push(made)
        if made.by == dtypes.DTYPE:
            made.element = dtypes.judged(made)
        elif made.by == NUMPY_WRAPPER:
            self._array(made)

    def _array(self, made: Made) -> None:
        self._frames.end(self.stream.tell())
        if pass_over(made, self.stream, self.size):
            if not self.objects:
                raise Malformed(
                    "an array of objects is saved so that joblib and pickle read different things; name the file "
                    "*.joblib if joblib loads it, or save it with pickle"
                )
            Reading(self.stream, self.size, self.allowed, objects=self.objects - 1).run()
        self.stack.pop()
        self.stack.push(OPAQUE)

    def persistent(self, _: Any) -> None:
        """BINPERSID: torch names a storage that lies beside the pickle."""
        named = self.stack.pop()
        known = isinstance(named, tuple) and len(named) == 5 and named[0] == "storage"
        if not known or not isinstance(named[1], Global) or named[1] not in self.allowed.storages:
            raise Malformed("it reaches for something outside of the pickle by a persistent id")
        self.stack.push(OPAQUE)


_JUDGED: dict[str, Callable[[Reading, Any], None]] = {
    "GLOBAL": Reading.global_,
    "STACK_GLOBAL": Reading.stack_global,
    "REDUCE": Reading.reduce,
    "NEWOBJ": Reading.newobj,
    "NEWOBJ_EX": Reading.newobj_ex,
    "BUILD": Reading.build,
    "BINPERSID": Reading.persistent,
}

"""Zip archives opened so that every reader finds the same members: within bounds, and without a gap to hide in."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shared.contracts.artifacts.content import LARGEST_PIECE, Content
from shared.contracts.artifacts.zip_ends import directory
from shared.contracts.malformed import Malformed

MOST_MEMBERS = 10_000
LARGEST_RATIO = 100
FREE = 64 * 1024  # small members may be denser
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _TRAILED, _UTF_8 = 0x1, 0x8, 0x800
_UNKNOWN = 0xFFFFFFFF
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DESCRIPTORS = (12, 16, 20, 24)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive; its bytes lie at `start`, `packed` of them, and become `size` when they are unpacked."""

    name: str
    start: int
    packed: int
    size: int
    deflated: bool
    checksum: int


class Archive:
    """The members of a zip archive by name; raises Malformed for an archive that two readers could see differently."""

    def __init__(self, content: Content) -> None:
        self._content = content
        start, _, count = directory(content)
        entries = _entries(content)
        if len(entries) != count or not 0 < count <= MOST_MEMBERS:
            raise Malformed(f"the archive has {len(entries)} members where it says {count}; 1–{MOST_MEMBERS} are read")
        self.members = {member.name: member for member in _placed(content, entries, start)}

    def inside(self, member: Member) -> Content:
        """The bytes of a member: those of a stored one in ranges, those of a deflated one at once."""
        if not member.deflated:
            return Content(member.size, lambda offset, length: self._content.at(member.start + offset, length))
        return Content.of(self.read(member, LARGEST_PIECE))

    def read(self, member: Member, limit: int) -> bytes:
        """All bytes of a member, at most `limit`; raises Malformed when it is larger, or is not what it says."""
        if member.size > limit or member.packed > LARGEST_PIECE:
            raise Malformed(f"{member.name[:80]} has {member.size} bytes, more than the {limit} that are looked at")
        body = self._content.at(member.start, member.packed)
        if member.deflated:
            body = _inflated(member, body)
        if len(body) != member.size or zlib.crc32(body) != member.checksum:
            raise Malformed(f"{member.name[:80]} does not hold the bytes that the archive says")
        return body


def _inflated(member: Member, body: bytes) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        found = stream.decompress(body, member.size + 1)
    except zlib.error as error:
        raise Malformed(f"{member.name[:80]} is broken: {error}") from None
    if not stream.eof or stream.unused_data:
        raise Malformed(f"{member.name[:80]} does not end where the archive says")
    return found


def _entries(content: Content) -> list[zipfile.ZipInfo]:
    """The directory's entries in the order in which they lie, as the standard library reads them."""
    try:
        with zipfile.ZipFile(content.stream()) as archive:
            return sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    except Malformed:
        raise
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise Malformed(f"no whole zip archive: {str(error)[:80]}") from None


def _placed(content: Content, entries: list[zipfile.ZipInfo], end: int) -> Iterator[Member]:
    """The members, each beginning where the one before ends, the first at the very beginning; folders are left out."""
    seen: set[str] = set()
    places = [*(entry.header_offset for entry in entries), end]
    if places[0]:
        raise Malformed(f"{places[0]} bytes lie before the archive's first member")
    for entry, (_, following) in zip(entries, pairwise(places), strict=True):
        _refuse(entry, seen)
        seen.add(entry.filename.lower())
        member = _member(content, entry)
        rest = following - member.start - member.packed
        if rest and not (entry.flag_bits & _TRAILED and rest in _DESCRIPTORS):
            raise Malformed(f"{rest} bytes that belong to nothing lie behind {member.name[:80]}")
        if not entry.is_dir():
            yield member


def _refuse(entry: zipfile.ZipInfo, seen: set[str]) -> None:
    name, shown = entry.orig_filename, repr(entry.orig_filename[:80])
    parts = name.removesuffix("/").split("/")
    if name != entry.filename or "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise Malformed(f"the archive has a member {shown}, which leads out of it")
    if name.lower() in seen:
        raise Malformed(f"the archive has {shown} twice; which one counts is undefined")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        raise Malformed(f"{shown} is encrypted or packed in a way that cannot be looked into")
    if entry.file_size > max(FREE, LARGEST_RATIO * entry.compress_size):
        raise Malformed(f"{shown} unpacks to more than {LARGEST_RATIO} times its size")


def _member(content: Content, entry: zipfile.ZipInfo) -> Member:
    """The member, when its own header says the same as the directory."""
    header = _LOCAL.unpack(content.at(entry.header_offset, _LOCAL.size))
    magic, _, flags, method, _, _, checksum, packed, size, name_length, extra = header
    name = content.at(entry.header_offset + _LOCAL.size, name_length)
    said = entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF_8 else "cp437")
    left_open = (0, _UNKNOWN) if flags & _TRAILED else (_UNKNOWN,)
    same = magic == b"PK\x03\x04" and (flags, method, name) == (entry.flag_bits, entry.compress_type, said)
    for here, there in ((packed, entry.compress_size), (size, entry.file_size), (checksum, entry.CRC)):
        same = same and (here == there or here in left_open)
    deflated = method == zipfile.ZIP_DEFLATED
    if not same or (not deflated and entry.compress_size != entry.file_size):
        raise Malformed(f"{entry.orig_filename[:80]!r} says one thing in the directory and another where it lies")
    start = entry.header_offset + _LOCAL.size + name_length + extra
    return Member(entry.filename, start, entry.compress_size, entry.file_size, deflated, entry.CRC)

"""The end of a zip archive, where readers that look for different records would find different directories."""

import struct

from shared.contracts.artifacts.content import Content
from shared.contracts.malformed import Malformed

LARGEST_DIRECTORY = 4 * 1024 * 1024
_END, _END_64, _LOCATOR = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_UNKNOWN = 0xFFFFFFFF


def directory(content: Content) -> tuple[int, int, int]:
    """Where an archive's directory begins and ends, and how many members it says.

    Raises Malformed where anything follows the end record, lies between the two, or says otherwise.
    """
    at = content.size - _END.size
    magic, disk, first, here, count, length, start, comment = _END.unpack(content.at(at, _END.size))
    if magic != b"PK\x05\x06" or comment or disk or first or here != count:
        raise Malformed("the archive does not end with its directory; bytes follow it, or it has several parts")
    if content.size >= _END.size + _LOCATOR.size + _END_64.size:
        magic, _, place, _ = _LOCATOR.unpack(content.at(at - _LOCATOR.size, _LOCATOR.size))
        if magic == b"PK\x06\x07":
            at, count, length, start = _large_directory(content, place, at - _LOCATOR.size, (count, length, start))
    if start + length != at or length > LARGEST_DIRECTORY:
        raise Malformed("the archive's directory does not lie right before its end")
    return start, at, count


def _large_directory(content: Content, place: int, end: int, small: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """What the end record of a zip64 archive says; the small one must agree or leave it open."""
    if place != end - _END_64.size:
        raise Malformed("the archive's zip64 record does not lie right before its end")
    magic, length, _, _, disk, first, here, count, size, start = _END_64.unpack(content.at(place, _END_64.size))
    if magic != b"PK\x06\x06" or length != _END_64.size - 12 or disk or first or here != count:
        raise Malformed("the archive's zip64 record is broken")
    for said, meant, full in zip(small, (count, size, start), (0xFFFF, _UNKNOWN, _UNKNOWN), strict=True):
        if said not in (meant, full):
            raise Malformed("the archive says two different things about its directory")
    return place, count, size, start

"""The names of models and versions that can be released and of images, whichever registry says them."""

import re

from shared.contracts.malformed import Malformed

MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
IMAGE = re.compile(r"([^@\s]{1,400}@)?sha256:[0-9a-f]{64}")


def matching(pattern: re.Pattern[str], text: str, what: str, where: str) -> str:
    """`text` where it is wholly of `pattern`; raises Malformed at `where`, calling it `what`."""
    if pattern.fullmatch(text):
        return text
    reason = f"the {what} {text[:40]!r} is not one that Azure ML gives; it must match {pattern.pattern}"
    raise Malformed(reason, where.removeprefix("."))

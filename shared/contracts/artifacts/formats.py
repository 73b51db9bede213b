"""What a model file is, told by its first bytes before its name, because a name says only what somebody hoped for."""

import io
import re
from pathlib import PurePosixPath

# The formats that a policy may allow; text and data are neutral, and unknown is never allowed.
FORMATS = ("onnx", "safetensors", "xgboost", "lightgbm", "catboost", "keras", "tensorflow", "pickle")

HEAD = 64

_PICKLE_NAMES = frozenset({".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt", ".dill"})
_TEXT_NAMES = frozenset({".json", ".yaml", ".yml", ".txt", ".md", ".csv", ".toml", ".cfg", ".ini"})
_TEXT_FILES = frozenset({"mlmodel", "license", "readme", "dockerfile"})
# gzip, bzip2, xz, lzma, lz4 and zstandard: joblib compresses with them, and inside may be anything.
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x5d\x00\x00", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_BINARY_PICKLE = re.compile(rb"\x80[\x02-\x08]")
_PLAIN_PICKLE = re.compile(rb"\([dl]p\d+\n|[\]}]q[\x00-\xff]")
_NUMPY, _NUMPY_OBJECTS = b"\x93NUMPY", b"'|O'"
_XGBOOST_JSON = re.compile(rb'\s*\{\s*"learner"\s*:')
_XGBOOST_UBJ = re.compile(rb"\{[iUIlL].{1,8}learner", re.DOTALL)
_SAFETENSORS = re.compile(rb".{4}\x00{4}\{\s*[\"}]", re.DOTALL)
# An ONNX file has no magic: field 1 (ir_version, 1–32) comes first, then another field of the model.
_ONNX = re.compile(rb"\x08[\x01-\x20][\x12\x1a\x22\x28\x32\x3a\x42\x72]")


def format_of(path: str, head: bytes) -> str:
    """The format of the model file `path` (with forward slashes) that begins with `head`, of which 64 bytes count.

    One of FORMATS, or "text", "data" or "unknown". What either content or name says to be a pickle is "pickle", as is
    what may hide one: compressed files, zip archives (as torch saves) and arrays of objects.
    """
    file = PurePosixPath(path.lower())
    head = head[:HEAD]
    if file.suffix == ".npz" and head.startswith(b"PK\x03\x04"):
        return "data"
    if _runs_code(file, head):
        return "pickle"
    return _by_content(file, head) or _by_name(file, head)


def _runs_code(file: PurePosixPath, head: bytes) -> bool:
    if file.suffix in _PICKLE_NAMES or head.startswith(_COMPRESSED) or _ZLIB.match(head):
        return True
    if head.startswith(b"PK\x03\x04") and file.suffix != ".keras":
        return True
    if head.startswith(_NUMPY) and _NUMPY_OBJECTS in head:
        return True
    return bool(_BINARY_PICKLE.match(head) or _PLAIN_PICKLE.match(head)) or _imports(head)


def _imports(head: bytes) -> bool:
    """Whether `head` runs as the beginning of a pickle and imports something: protocols 0 and 1 have no header.

    An import that hides behind 64 bytes of harmless text is not seen, but only a file with the name of a text can pass
    with it, which no loader of models unpickles.
    """
    import pickletools

    listing = io.StringIO()
    try:
        pickletools.dis(head, listing)
    except (ValueError, IndexError) as error:  # IndexError: an end of the stack that pickletools does not foresee
        cut = any(words in str(error) for words in ("exhausted", "no newline", "remain", "not enough"))
        if not cut or len(head) < HEAD:
            return False
    return any(opcode in listing.getvalue() for opcode in ("GLOBAL", " INST ", " EXT"))


def _by_content(file: PurePosixPath, head: bytes) -> str:
    if head.startswith((b"PK\x03\x04", b"\x89HDF\r\n\x1a\n")):
        return "keras"
    if head.startswith(b"CBM1"):
        return "catboost"
    if head.startswith(_NUMPY):
        return "data"
    if _SAFETENSORS.match(head):
        return "safetensors"
    if head.startswith((b"tree\n", b"tree\r\n")):
        return "lightgbm"
    return _by_both(file, head)


def _by_both(file: PurePosixPath, head: bytes) -> str:
    """Formats with so little of their own at the beginning that the name must agree."""
    if file.suffix == ".onnx" and _ONNX.match(head):
        return "onnx"
    if file.suffix == ".json" and _XGBOOST_JSON.match(head):
        return "xgboost"
    if file.suffix == ".ubj" and _XGBOOST_UBJ.match(head):
        return "xgboost"
    return "tensorflow" if file.name == "saved_model.pb" and head.startswith(b"\x08") else ""


def _by_name(file: PurePosixPath, head: bytes) -> str:
    named_text = file.suffix in _TEXT_NAMES or file.name in _TEXT_FILES
    return "text" if named_text and _is_text(head) else "unknown"


def _is_text(head: bytes) -> bool:
    """Whether the bytes are UTF-8 without control characters; the last character may be cut."""
    text = head.decode(errors="ignore")
    printable = all(character.isprintable() or character in "\t\r\n\ufeff" for character in text)
    return printable and len(head) - len(text.encode()) < 4

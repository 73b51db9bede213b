"""A certificate authority for this machine, made once and trusted through a bundle file."""

import os
import ssl
from pathlib import Path

import certifi
import trustme


def prepare(directory: Path) -> tuple[ssl.SSLContext, Path]:
    """The server's TLS context (for localhost and 127.0.0.1) and the bundle clients must trust.

    The authority is read from `directory` or made there; processes that start together end up with the same one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    authority = _authority(directory / "ca.pem")
    bundle = (directory / "bundle.pem").resolve()
    _write_atomically(bundle, Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context, bundle


def _authority(path: Path) -> trustme.CA:
    if not path.exists():
        _create(path)
    pem = path.read_bytes()
    return trustme.CA.from_pem(pem, pem)


def _create(path: Path) -> None:
    made = trustme.CA(organization_name="Gatehouse local")
    draft = _draft(path, made.private_key_pem.bytes() + made.cert_pem.bytes())
    try:
        os.link(draft, path)  # unlike a rename, this never replaces the authority of a process that was faster
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write_atomically(path: Path, content: bytes) -> None:
    _draft(path, content).replace(path)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    return draft

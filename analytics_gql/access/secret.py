"""The secret that servers of one installation share, where the operator sets none."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from analytics_gql.errors import SettingsError

_BYTES = 32


def kept_secret(folder: Path) -> bytes:
    """The secret kept in a folder, made if it is not there; only its owner can read it.

    Processes that start together agree on one. Raises SettingsError.
    """
    path = folder / "secret"
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the secret that cursors are signed with cannot be kept at {path}: {error.strerror}",
            hint="set ANALYTICS_GQL_SECRET, or ANALYTICS_GQL_CACHE_DIR to a folder that can be "
            "written",
        ) from error
    if len(secret) < _BYTES:
        raise SettingsError(
            f"the secret at {path} is cut short", hint="delete it: a new one is made"
        )
    return secret


def _make(path: Path) -> None:
    """Write a secret whole, unless another process is first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".secret-{secrets.token_hex(8)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_hex(_BYTES).encode())
        with suppress(FileExistsError):
            os.link(unfinished, path)  # fails where there is one already, as a rename would not
    finally:
        unfinished.unlink()

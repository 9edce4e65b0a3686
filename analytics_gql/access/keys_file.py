"""Changing the keys file: keys made, rotated and revoked, one change at a time, each whole."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys import (
    NAME_RULE,
    ApiKey,
    digest_of,
    is_name,
    new_key,
    read_keys,
    written_keys,
)
from analytics_gql.access.tiers import STANDARD_TIERS, Tiers
from analytics_gql.errors import SettingsError, suggest


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was made just now, the only time that it is known; and what is kept of it."""

    key: str
    kept: ApiKey


@dataclass(frozen=True, slots=True)
class RotatedKey:
    """The key that takes another's place, and the other, which holds until its `expires`."""

    made: MadeKey
    old: ApiKey


def create_key(
    path: Path,
    name: str,
    caller: Caller,
    now: datetime,
    expires: datetime | None,
    tiers: Tiers = STANDARD_TIERS,
) -> MadeKey:
    """Add a key to the file, which is made if there is none. Raises SettingsError."""
    if not is_name(name):
        raise SettingsError(f"the name is {NAME_RULE}", hint="choose a shorter, plainer one")
    _check_expiry(now, expires)
    with _changing(path) as target:
        keys = read_keys(target, tiers).keys if target.exists() else ()
        if any(key.name == name for key in keys):
            raise SettingsError(
                f"there is a key '{name}' already",
                hint="choose another name; `keys rotate` gives it a new key, `keys revoke` "
                "takes it away",
            )
        made = _made(name, caller, now, expires)
        _write(target, (*keys, made.kept))
    return made


def rotate_key(
    path: Path,
    which: str,
    now: datetime,
    grace: timedelta,
    expires: datetime | None = None,
    tiers: Tiers = STANDARD_TIERS,
) -> RotatedKey:
    """Make a key in the place of the newest of a name, or of an identifier.

    It stands for the same caller. Without `expires` it lives as long as the old one was to. The
    old one holds for the grace, but not longer than it did. Raises SettingsError.
    """
    with _changing(path) as target:
        keys = read_keys(target, tiers).keys
        old = max(_named(keys, which), key=lambda key: key.created or _LONG_AGO)
        if expires is None and old.expires is not None:
            expires = old.expires if old.created is None else now + (old.expires - old.created)
        _check_expiry(now, expires)
        made = _made(old.name, old.caller, now, expires)
        ends = now + grace
        old = replace(old, expires=ends if old.expires is None else min(old.expires, ends))
        others = [key for key in keys if key.digest != old.digest and not _is_done(key, old, now)]
        _write(target, (*others, old, made.kept))
    return RotatedKey(made, old)


def revoke_key(path: Path, which: str, tiers: Tiers = STANDARD_TIERS) -> tuple[ApiKey, ...]:
    """Take the keys of a name, or the one of an identifier, out of the file; those taken out.

    Raises SettingsError.
    """
    with _changing(path) as target:
        keys = read_keys(target, tiers).keys
        revoked = _named(keys, which)
        _write(target, [key for key in keys if key not in revoked])
    return revoked


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _made(name: str | None, caller: Caller, now: datetime, expires: datetime | None) -> MadeKey:
    key = new_key()
    return MadeKey(key, ApiKey(digest_of(key), caller, name, now, expires))


def _is_done(key: ApiKey, old: ApiKey, now: datetime) -> bool:
    """Whether it is an earlier key of the same name whose grace is over."""
    return key.name is not None and key.name == old.name and key.has_expired(now.timestamp())


def _named(keys: tuple[ApiKey, ...], which: str) -> tuple[ApiKey, ...]:
    found = tuple(key for key in keys if key.name == which)
    found = found or tuple(key for key in keys if key.identifier == which.lower())
    if not found:
        names = sorted({key.name for key in keys if key.name is not None})
        raise SettingsError(
            f"there is no key '{which[:100]}'",
            hint=suggest(
                which[:100], names, "`analytics-gql keys list` shows those that there are"
            ),
        )
    return found


def _check_expiry(now: datetime, expires: datetime | None) -> None:
    if expires is not None and expires <= now:
        raise SettingsError(
            f"the key would have expired at {expires.isoformat()} already",
            hint="give --expires a time to come: 90d, 2027-01-31",
        )


@contextmanager
def _changing(path: Path) -> Iterator[Path]:
    """The file to change, while nobody else does."""
    # A link is followed, not replaced.
    target = path.resolve()
    # The folder is locked, not the file: that is replaced, and a lock file would be left behind.
    try:
        folder = os.open(target.parent, os.O_RDONLY)
    except OSError as error:
        raise SettingsError(
            f"the folder of {path} cannot be opened: {error.strerror}", hint="check --keys"
        ) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield target
    finally:
        os.close(folder)


def _write(path: Path, keys: Iterable[ApiKey]) -> None:
    """Put the whole file in place at once, readable by its owner alone."""
    # mkstemp makes files of mode 0600.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(written_keys(keys))
            stream.flush()
            _give_to_owner(path, stream.fileno())
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _give_to_owner(path: Path, handle: int) -> None:
    """A server that reads the file as its owner must be able to after root has changed it."""
    if path.exists():
        before = path.stat()
        if before.st_uid != os.geteuid():
            os.fchown(handle, before.st_uid, before.st_gid)

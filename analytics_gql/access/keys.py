"""Static API keys: a file that maps the SHA-256 of a key to the caller it stands for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import orjson

from analytics_gql.access.caller import Caller, DocumentMode
from analytics_gql.errors import SettingsError, UnauthenticatedError

HOW_TO_AUTHENTICATE = (
    "send `Authorization: Bearer KEY` or `X-API-Key: KEY`; ask the server's operator for a key"
)


class KeyRing:
    """Looks a presented key up by its SHA-256; keys themselves are stored nowhere."""

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = dict(callers)

    def caller(self, key: str) -> Caller:
        """The caller that a key stands for. Raises UnauthenticatedError."""
        # The look-up is by digest, so its timing tells nothing of a key that exists.
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        try:
            return self._callers[digest]
        except KeyError:
            raise UnauthenticatedError("this key is not known", hint=HOW_TO_AUTHENTICATE) from None


def read_keys(path: Path) -> KeyRing:
    """Read `{"<sha256 of the key, hex>": {"tenant": "acme", "roles": ["analyst"], "tier": 2}}`.

    An entry may say `"documents": "safelist"`, or another mode, and `"register": true`.
    Raises SettingsError that names the entry; a key itself is never echoed.
    """
    try:
        entries = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"the keys file {path} cannot be read: {error.strerror}", hint="check --keys"
        ) from error
    except orjson.JSONDecodeError as error:
        raise SettingsError(
            f"the keys file {path} is not JSON: line {error.lineno}, column {error.colno}",
            hint=_FORM,
        ) from error
    if not isinstance(entries, dict):
        raise SettingsError(f"the keys file {path} is not a JSON object", hint=_FORM)
    callers: dict[str, Caller] = {}
    for number, (name, entry) in enumerate(entries.items(), start=1):
        digest = _digest(path, number, name)
        if digest in callers:
            raise SettingsError(
                f"{path}: entry {number} is for a key that an earlier entry is for", hint=_FORM
            )
        callers[digest] = _caller(path, number, entry)
    return KeyRing(callers)


_FORM = (
    'write {"<sha256 of the key in hex>": {"tenant": "acme", "roles": [], "tier": 1}}; '
    "`printf %s KEY | sha256sum` gives the digest"
)


def _digest(path: Path, number: int, digest: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        raise SettingsError(
            f"{path}: the name of entry {number} is no SHA-256 of 64 hex digits", hint=_FORM
        )
    return digest.lower()


def _caller(path: Path, number: int, entry: Any) -> Caller:
    if not isinstance(entry, dict):
        raise SettingsError(f"{path}: entry {number} is not a JSON object", hint=_FORM)
    unknown = sorted(set(entry) - {"tenant", "roles", "tier", "documents", "register"})
    if unknown:
        raise SettingsError(f"{path}: entry {number} has an unknown '{unknown[0]}'", hint=_FORM)
    tenant, roles, tier = entry.get("tenant"), entry.get("roles", []), entry.get("tier", 1)
    if not (tenant is None or isinstance(tenant, str)):
        raise SettingsError(f"{path}: the tenant of entry {number} is no string", hint=_FORM)
    if not (isinstance(roles, list) and all(isinstance(role, str) for role in roles)):
        raise SettingsError(f"{path}: the roles of entry {number} are no strings", hint=_FORM)
    if type(tier) is not int:  # True would be taken for 1
        raise SettingsError(f"{path}: the tier of entry {number} is no whole number", hint=_FORM)
    documents, may_register = entry.get("documents"), entry.get("register", False)
    if documents is not None and documents not in get_args(DocumentMode):
        raise SettingsError(
            f"{path}: the documents of entry {number} are none of "
            f"{', '.join(get_args(DocumentMode))}",
            hint=_FORM,
        )
    if type(may_register) is not bool:
        raise SettingsError(
            f"{path}: the register of entry {number} is not true or false", hint=_FORM
        )
    try:
        return Caller(tenant, tuple(roles), tier, documents, may_register)
    except ValueError as error:
        raise SettingsError(f"{path}: entry {number}: {error}", hint=_FORM) from error

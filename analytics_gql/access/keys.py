"""API keys: a file that maps the SHA-256 of a key to the caller it stands for.

A key is 256 random bits. So a fast digest is the right one to store: slow ones (bcrypt, argon2)
defend what can be guessed, as passwords can, and every request would pay for them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import orjson

from analytics_gql.access.caller import Caller, DocumentMode
from analytics_gql.access.tiers import STANDARD_TIERS, Tiers
from analytics_gql.errors import SettingsError

HOW_TO_AUTHENTICATE = (
    "send `Authorization: Bearer KEY` or `X-API-Key: KEY`; ask the server's operator for a key"
)

PREFIX = "agql_"
"""What keys begin with, so that people and scanners of repositories recognise one that leaked."""

_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: its SHA-256 in lower hex, never itself. Times have a zone."""

    digest: str
    caller: Caller
    name: str | None = None
    created: datetime | None = None
    expires: datetime | None = None

    @property
    def identifier(self) -> str:
        """What tells keys of one name apart: the beginning of the digest."""
        return self.digest[:8]

    def has_expired(self, now: float) -> bool:
        """Whether it stands for nobody any more, at a Unix time."""
        return self.expires is not None and now >= self.expires.timestamp()


def new_key() -> str:
    """A key that nobody has yet."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def digest_of(key: str) -> str:
    """The SHA-256 of a key, which is what is stored."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


class KeyRing:
    """An immutable set of keys. Looks a presented one up by its SHA-256."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self.keys = tuple(keys)
        self._by_digest = {key.digest: key for key in self.keys}

    def find(self, presented: str) -> ApiKey | None:
        """The key that was presented, expired ones too; None if nobody holds it."""
        digest = digest_of(presented)
        # Python hashes text with a secret of the process, so the time of the look-up tells nothing
        # of the digests that there are. The comparison takes the same time for each, and is made
        # where nothing was found as well.
        found = self._by_digest.get(digest, _NOBODY)
        is_known = hmac.compare_digest(found.digest, digest)
        return found if is_known else None


# No presented key has this digest: nobody knows a text whose SHA-256 is all zeros.
_NOBODY = ApiKey("0" * 64, Caller(None))


def read_keys(path: Path, tiers: Tiers = STANDARD_TIERS) -> KeyRing:
    """Read `{"<sha256 of the key, hex>": {"tenant": "acme", "roles": ["analyst"], "tier": 2}}`.

    An entry may also have `name`, `created` and `expires` (instants in ISO 8601), say
    `"documents": "safelist"`, or another mode, and `"register": true`.
    Raises SettingsError that names the entry; a key itself is never echoed.
    """
    try:
        entries = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"the keys file {path} cannot be read: {error.strerror}",
            hint="check --keys; `analytics-gql keys create` makes the file",
        ) from error
    except orjson.JSONDecodeError as error:
        raise SettingsError(
            f"the keys file {path} is not JSON: line {error.lineno}, column {error.colno}",
            hint=_FORM,
        ) from error
    if not isinstance(entries, dict):
        raise SettingsError(f"the keys file {path} is not a JSON object", hint=_FORM)
    keys: dict[str, ApiKey] = {}
    for number, (name, entry) in enumerate(entries.items(), start=1):
        digest = _digest(path, number, name)
        if digest in keys:
            raise SettingsError(
                f"{path}: entry {number} is for a key that an earlier entry is for", hint=_FORM
            )
        keys[digest] = _key(path, number, digest, entry, tiers)
    return KeyRing(keys.values())


def written_keys(keys: Iterable[ApiKey]) -> bytes:
    """The file that `read_keys` reads the same keys from."""
    entries = {key.digest: _entry(key) for key in keys}
    return orjson.dumps(entries, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _entry(key: ApiKey) -> dict[str, Any]:
    caller = key.caller
    members: dict[str, Any] = {
        "name": key.name,
        "tenant": caller.tenant,
        "roles": list(caller.roles),
        "tier": caller.tier,
        "created": key.created,
        "expires": key.expires,
        "documents": caller.documents,
    }
    written = {name: value for name, value in members.items() if value is not None}
    return written | ({"register": True} if caller.may_register else {})


_FORM = (
    'write {"<sha256 of the key in hex>": {"tenant": "acme", "roles": [], "tier": 1}}, or let '
    "`analytics-gql keys create` do it; `printf %s KEY | sha256sum` gives the digest"
)
_MEMBERS = {"name", "tenant", "roles", "tier", "created", "expires", "documents", "register"}


def _digest(path: Path, number: int, digest: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        raise SettingsError(
            f"{path}: the name of entry {number} is no SHA-256 of 64 hex digits", hint=_FORM
        )
    return digest.lower()


def _key(path: Path, number: int, digest: str, entry: Any, tiers: Tiers) -> ApiKey:
    if not isinstance(entry, dict):
        raise SettingsError(f"{path}: entry {number} is not a JSON object", hint=_FORM)
    unknown = sorted(set(entry) - _MEMBERS)
    if unknown:
        raise SettingsError(f"{path}: entry {number} has an unknown '{unknown[0]}'", hint=_FORM)
    name = entry.get("name")
    if not (name is None or (isinstance(name, str) and is_name(name))):
        raise SettingsError(f"{path}: the name of key {number} is {NAME_RULE}", hint=_FORM)
    created, expires = (_instant(path, number, entry, of) for of in ("created", "expires"))
    return ApiKey(digest, _caller(path, number, entry, tiers), name, created, expires)


NAME_RULE = "no text of 1 to 100 printable characters without blanks around it"


def is_name(text: str) -> bool:
    """Whether keys can be called so."""
    return 1 <= len(text) <= 100 and text.isprintable() and text == text.strip()


def _instant(path: Path, number: int, entry: dict[str, Any], member: str) -> datetime | None:
    written = entry.get(member)
    if written is None:
        return None
    try:
        read = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        read = None
    if read is None or read.tzinfo is None:
        raise SettingsError(
            f"{path}: `{member}` of entry {number} is no instant with a zone",
            hint='write it as "2027-01-31T00:00:00Z"',
        )
    return read


def _caller(path: Path, number: int, entry: dict[str, Any], tiers: Tiers) -> Caller:
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
        rows = tiers.rows_of(tier)
        return Caller(tenant, tuple(roles), tier, documents, may_register, rows)
    except ValueError as error:
        raise SettingsError(f"{path}: entry {number}: {error}", hint=_FORM) from error

"""The public keys that tokens are checked with: a JWKS, or PEM.

Each key has one algorithm, read off the key and never off a token. So the confusions of RFC 8725,
section 2.1, cannot be written here: there is no `none`, no HMAC, and no key serves two algorithms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import jwt
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from analytics_gql.errors import SettingsError

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""The signatures that are checked; everything else is refused."""

_MIN_RSA_BITS = 2_048  # RFC 7518, section 3.3: "A key of size 2048 bits or larger MUST be used"

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key, the one algorithm that it serves, and the `kid` that tokens name it by, if any."""

    kid: str | None
    algorithm: str
    key: PublicKey


@dataclass(frozen=True, slots=True, eq=False)
class KeySet:
    """The keys of an issuer at a time."""

    keys: tuple[TokenKey, ...]

    def candidates(self, algorithm: str, kid: str | None) -> tuple[TokenKey, ...]:
        """Those that may have signed a token whose header says so.

        A key without `kid`, as PEM has it, may be meant by any.
        """
        return tuple(
            key
            for key in self.keys
            if key.algorithm == algorithm and (kid is None or key.kid is None or key.kid == kid)
        )


class KeySource(Protocol):
    """Where an issuer's keys come from."""

    @property
    def current(self) -> KeySet | None:
        """The newest set that was had; None if none was yet. A new set is another object."""

    async def renew(self) -> None:
        """Look for a new set, if it is not too soon. What goes wrong is logged."""

    async def follow(self) -> None:
        """Look for a new set from time to time, until cancelled."""


def read_token_keys(path: Path) -> KeySet:
    """The keys of a file: a JWKS, or public keys in PEM. Raises SettingsError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the file {path} of token keys cannot be read: {error.strerror}",
            hint="check ANALYTICS_GQL_JWT_KEYS",
        ) from error
    if content.lstrip().startswith(b"{"):
        return parse_key_set(content, str(path))
    blocks = re.findall(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", content, re.DOTALL)
    if not blocks:
        raise SettingsError(f"{path} is neither a JWKS nor PEM", hint=_HINT)
    if any(b"PRIVATE" in block for block in blocks):
        raise SettingsError(f"{path} has a private key in it", hint=_NOT_PRIVATE)
    parts = re.findall(rb"-----BEGIN ([A-Z0-9 ]+)(-----.*?-----END )\1-----", content, re.DOTALL)
    return KeySet(
        tuple(
            _pem_key(b"-----BEGIN " + label + rest + label + b"-----", number, str(path))
            for number, (label, rest) in enumerate(parts, start=1)
        )
    )


def parse_key_set(content: bytes, where: str) -> KeySet:
    """The keys of a JWKS (RFC 7517) that can be used; `where` names it in errors.

    Keys of other kinds, for other uses or other algorithms are passed over, as the RFC wants it.
    Raises SettingsError if there is none.
    """
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"{where} is no JWKS: it is not JSON", hint=_HINT) from error
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise SettingsError(f"{where} is no JWKS: it has no list `keys`", hint=_HINT)
    keys = tuple(key for key in map(_jwk, entries) if key is not None)
    if not keys:
        raise SettingsError(f"{where} has no key for {', '.join(ALGORITHMS)}", hint=_HINT)
    return KeySet(keys)


def _jwk(entry: Any) -> TokenKey | None:
    """A key of a JWKS; None if tokens are not checked with it."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    kid = entry.get("kid")
    if entry.get("kty") not in ("RSA", "EC", "OKP") or not (kid is None or isinstance(kid, str)):
        return None
    # Without `alg`: the key alone says what it is for. A private key is read as its public half.
    public = {name: value for name, value in entry.items() if name not in _PRIVATE | {"alg"}}
    try:
        key = jwt.PyJWK(public).key
        algorithm = _algorithm_of(key)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError):
        # A key of a foreign document that cannot be read, whatever is wrong with it, is like one
        # of a kind that is not known: it is passed over, and the others serve.
        return None
    return None if entry.get("alg", algorithm) != algorithm else TokenKey(kid, algorithm, key)


_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


def _pem_key(block: bytes, number: int, where: str) -> TokenKey:
    try:
        key = load_pem_public_key(block)
        return TokenKey(None, _algorithm_of(key), key)  # type: ignore[arg-type]  # told apart there
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            f"{where}: PEM block {number} is no public key for {', '.join(ALGORITHMS)}", hint=_HINT
        ) from error


def _algorithm_of(key: object) -> str:
    """The algorithm that a key serves. Raises ValueError if there is none, or it is too short."""
    if isinstance(key, RSAPublicKey) and key.key_size >= _MIN_RSA_BITS:
        return "RS256"
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return "ES256"
    if isinstance(key, Ed25519PublicKey):
        return "EdDSA"
    raise ValueError("a key for none of the algorithms")


_HINT = (
    "name a JWKS (RFC 7517), by its https URL or as a file, or a file of public keys in PEM: "
    "RSA of 2048 bits or more, EC P-256 or Ed25519"
)
_NOT_PRIVATE = (
    "tokens are checked with public keys alone: `openssl pkey -in FILE -pubout` writes the public "
    "half"
)

"""Which keys tokens are checked with: those of a JWKS or of PEM that serve one known algorithm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from analytics_gql.access.token_keys import parse_key_set, read_token_keys
from analytics_gql.errors import SettingsError
from tests.access.issuer import ALL, KEYS, ec_key, jwk, jwks, pem, rsa_key

RSA, EC, ED = KEYS["RS256"], KEYS["ES256"], KEYS["EdDSA"]


def test_a_jwks_has_a_key_for_each_algorithm(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(b"\n" + ALL)
    keys = read_token_keys(path).keys
    assert [(key.kid, key.algorithm) for key in keys] == [
        ("rs256", "RS256"),
        ("es256", "ES256"),
        ("eddsa", "EdDSA"),
    ]


def test_pem_may_have_several_keys_which_any_kid_may_mean(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    other = rsa_key()
    path.write_bytes(b"from the provider\n" + pem(RSA) + b"\n" + pem(other) + pem(EC) + pem(ED))
    key_set = read_token_keys(path)
    assert [key.algorithm for key in key_set.keys] == ["RS256", "RS256", "ES256", "EdDSA"]
    assert len(key_set.candidates("RS256", "whatever")) == 2
    assert len(key_set.candidates("EdDSA", None)) == 1


def test_a_kid_names_a_key_of_its_algorithm_alone() -> None:
    key_set = parse_key_set(ALL, "here")
    assert [key.kid for key in key_set.candidates("RS256", "rs256")] == ["rs256"]
    assert key_set.candidates("RS256", "es256") == ()
    assert key_set.candidates("RS256", "other") == ()
    assert [key.kid for key in key_set.candidates("ES256", None)] == ["es256"]
    for algorithm in ("none", "HS256", "PS256", "rs256", ""):
        assert key_set.candidates(algorithm, None) == ()


SYMMETRIC = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I", "alg": "HS256"}
PASSED_OVER: dict[str, Any] = {
    "symmetric": SYMMETRIC,
    "for encryption": jwk(RSA, use="enc"),
    "for another algorithm": jwk(RSA, alg="PS256"),
    "for HMAC by its own word": jwk(RSA, alg="HS256"),
    "for none by its own word": jwk(RSA, alg="none"),
    "too short": jwk(rsa_key(1_024)),
    "of another curve": jwk(ec_key(SECP384R1())),
    "of a curve that nobody knows": {**jwk(EC), "crv": "P-1"},
    "not on its curve": {**jwk(EC), "x": "AA", "y": "AA"},
    "of a kind that nobody knows": {"kty": "new"},
    "without a kind": {},
    "cut short": {"kty": "RSA"},
    "with a number for a kid": jwk(RSA, kid=7),
    "with numbers for its parts": {"kty": "RSA", "n": 3, "e": 5},
    "with no base 64": {"kty": "OKP", "crv": "Ed25519", "x": "***"},
    "no object": "key",
    "null": None,
}


@pytest.mark.parametrize("entry", PASSED_OVER.values(), ids=PASSED_OVER.keys())
def test_a_key_that_serves_nothing_is_passed_over(entry: Any) -> None:
    assert [key.kid for key in parse_key_set(jwks(entry, jwk(ED, kid="ed")), "here").keys] == ["ed"]
    with pytest.raises(SettingsError, match="here has no key for RS256, ES256, EdDSA"):
        parse_key_set(jwks(entry), "here")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"keys": {}}', b"\xff"])
def test_what_is_no_jwks_is_refused(content: bytes) -> None:
    with pytest.raises(SettingsError, match="here is no JWKS") as refused:
        parse_key_set(content, "here")
    assert "RFC 7517" in (refused.value.hint or "")


def test_what_is_no_public_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(SettingsError, match="cannot be read"):
        read_token_keys(path)
    path.write_text("key")
    with pytest.raises(SettingsError, match="neither a JWKS nor PEM"):
        read_token_keys(path)
    path.write_bytes(RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SettingsError, match="has a private key in it") as refused:
        read_token_keys(path)
    assert "-pubout" in (refused.value.hint or "")
    for wrong in (pem(rsa_key(1_024)), pem(ec_key(SECP384R1())), pem(RSA).replace(b"A", b"B")):
        path.write_bytes(pem(ED) + wrong)
        with pytest.raises(SettingsError, match="PEM block 2 is no public key for RS256"):
            read_token_keys(path)


def test_of_a_private_jwk_the_public_half_is_read() -> None:
    private = json.loads(jwks(jwk(EC)))["keys"][0] | {"d": "AQ"}
    (key,) = parse_key_set(jwks(private), "here").keys
    assert not hasattr(key.key, "private_bytes")

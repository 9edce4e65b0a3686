"""JSON Web Tokens: who is believed, and what of the rest is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.access.token_keys import KeySet, parse_key_set
from analytics_gql.access.tokens import TokenReader, TokenRules
from analytics_gql.errors import (
    CredentialExpiredError,
    TokenKeysUnavailableError,
    UnauthenticatedError,
)
from tests.access.issuer import (
    ALL,
    AUDIENCE,
    ISSUER,
    KEYS,
    claims,
    ec_key,
    ed25519_key,
    jwk,
    jwks,
    pem,
    rsa_key,
    token,
)

RULES = TokenRules(ISSUER, AUDIENCE, 30.0, "tenant", "roles", "tier")


class Keys:
    """A source whose next set is had when it is asked for."""

    def __init__(self, current: bytes | None, following: bytes | None = None) -> None:
        self.current: KeySet | None = None if current is None else parse_key_set(current, "here")
        self._following = following
        self.renewed = 0

    async def renew(self) -> None:
        self.renewed += 1
        if self._following is not None:
            self.current = parse_key_set(self._following, "here")

    async def follow(self) -> None:
        """Nothing changes by itself."""


def reader(rules: TokenRules = RULES, keys: Keys | None = None) -> TokenReader:
    return TokenReader(keys or Keys(ALL), rules)


async def refusal(
    presented: str, rules: TokenRules = RULES, keys: Keys | None = None
) -> UnauthenticatedError:
    with pytest.raises(UnauthenticatedError) as refused:
        await reader(rules, keys).read(presented)
    assert refused.value.was_presented
    assert refused.value.hint
    assert presented not in refused.value.message + refused.value.hint
    return refused.value


# --- who is believed -----------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_token_of_each_algorithm_stands_for_its_caller(algorithm: str) -> None:
    expires = int(time.time()) + 100
    admitted = await reader().read(
        token(algorithm, exp=expires, tenant="dune", roles=["analyst", "cfo"], tier=3)
    )
    assert admitted.caller == Caller("dune", ("analyst", "cfo"), 3)
    assert admitted.until == expires + 30


async def test_what_a_token_does_not_say_is_the_least() -> None:
    assert (await reader().read(token(tenant=None))).caller == Caller(None, (), 1)


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
async def test_the_audience_is_one_of_the_token_s(audience: Any) -> None:
    assert (await reader().read(token(aud=audience))).caller.tenant == "acme"


async def test_claims_are_found_by_name_or_path() -> None:
    rules = TokenRules(
        ISSUER, AUDIENCE, 0, "https://acme.example/org.id", "realm_access.roles", "plan.tier"
    )
    said = {
        "https://acme.example/org.id": "dune",
        "realm_access": {"roles": ["a"]},
        "plan": {"tier": 2},
    }
    assert (await reader(rules).read(token(**said))).caller == Caller("dune", ("a",), 2)
    said |= {"realm_access": "none", "plan": {}}
    assert (await reader(rules).read(token(**said))).caller == Caller("dune", (), 1)


async def test_no_issuer_gives_every_role() -> None:
    for roles in (["*", "analyst"], "* analyst"):
        assert (await reader().read(token(roles=roles))).caller.roles == ("analyst",)


async def test_roles_may_be_written_as_a_scope() -> None:
    assert (await reader().read(token(roles="analyst cfo"))).caller.roles == ("analyst", "cfo")


async def test_clocks_may_differ_by_the_skew() -> None:
    now = time.time()
    for late in ({"exp": now - 25}, {"nbf": now + 25}, {"iat": now + 25}):
        assert (await reader().read(token(**late))).caller.tenant == "acme"


async def test_without_a_kid_every_key_of_the_algorithm_is_tried() -> None:
    keys = jwks(jwk(rsa_key(), kid="a"), jwk(rsa_key(), kid="b"), jwk(KEYS["RS256"], kid="c"))
    admitted = await reader(keys=Keys(keys)).read(token(header={}))
    assert admitted.caller.tenant == "acme"


async def test_a_new_key_is_looked_for_once() -> None:
    keys = Keys(jwks(jwk(KEYS["ES256"], kid="old")), ALL)
    for _ in range(2):
        assert (await reader(keys=keys).read(token())).caller.tenant == "acme"
    assert keys.renewed == 1
    keys = Keys(ALL)
    await refusal(token(header={"kid": "nobody's"}), keys=keys)
    assert keys.renewed == 1


async def test_without_any_keys_nothing_is_said_of_the_token() -> None:
    with pytest.raises(TokenKeysUnavailableError) as refused:
        await reader(keys=Keys(None)).read(token())
    assert refused.value.hint


# --- who is not ----------------------------------------------------------------------------------

NOW = time.time()
SIGNED_BUT_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "not valid yet": ({"nbf": NOW + 3_600}, "this token is not valid yet"),
    "issued in the future": ({"iat": NOW + 3_600}, "this token is not valid yet"),
    "another issuer": ({"iss": "https://evil.example/"}, "this token is of another issuer"),
    "a list of issuers": ({"iss": [ISSUER]}, "this token is of another issuer"),
    "another audience": ({"aud": "billing"}, "this token is for another audience"),
    "other audiences": ({"aud": ["billing", AUDIENCE + "2"]}, "this token is for another audience"),
    "without expiry": ({"exp": None}, "this token has no claim 'exp'"),
    "without issuer": ({"iss": None}, "this token has no claim 'iss'"),
    "without audience": ({"aud": None}, "this token has no claim 'aud'"),
    "an expiry that is a text": ({"exp": "never"}, "this token is not valid"),
    "an endless expiry": ({"exp": float("inf")}, "this token is not valid"),
    "an expiry that is a list": ({"exp": []}, "this token is not valid"),
    "a tenant that is a number": ({"tenant": 7}, "the claim 'tenant' of this token is not a text"),
    "an empty tenant": ({"tenant": ""}, "the claim 'tenant' of this token is not a text"),
    "tenants": ({"tenant": ["acme"]}, "the claim 'tenant' of this token is not a text"),
    "roles that are numbers": ({"roles": [1]}, "the claim 'roles' of this token is not a list"),
    "roles that are an object": ({"roles": {}}, "the claim 'roles' of this token is not a list"),
    "a tier that there is not": ({"tier": 4}, "the claim 'tier' of this token is not a tier"),
    "a tier that is true": ({"tier": True}, "the claim 'tier' of this token is not a tier"),
    "a tier that is a text": ({"tier": "1"}, "the claim 'tier' of this token is not a tier"),
}


@pytest.mark.parametrize("expires", [0, -5, NOW - 31], ids=["1970", "1969", "31 s ago"])
async def test_a_token_whose_time_is_over_is_called_so(expires: float) -> None:
    with pytest.raises(CredentialExpiredError, match="this token has expired") as refused:
        await reader().read(token(exp=expires))
    assert "new token" in (refused.value.hint or "")
    with pytest.raises(UnauthenticatedError):  # only where the issuer has signed it
        await reader().read(token(exp=expires, key=rsa_key()))


@pytest.mark.parametrize(
    ("others", "message"), SIGNED_BUT_REFUSED.values(), ids=SIGNED_BUT_REFUSED.keys()
)
async def test_who_holds_a_signed_token_is_told_what_is_wrong(
    others: dict[str, Any], message: str
) -> None:
    assert (await refusal(token(**others))).message.startswith(message)


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: Any, signature: bytes = b"", body: Any = None) -> str:
    return f"{part(header)}.{part(body or claims())}.{part(signature)}"


def hmac_of_public_key() -> str:
    """The classic: an RSA server's public key, which everybody has, as the secret of HMAC."""
    signed = f"{part({'alg': 'HS256', 'kid': 'rs256'})}.{part(claims())}"
    mac = hmac.new(pem(KEYS["RS256"]), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{part(mac)}"


def with_its_own_key() -> str:
    """A header that brings the key along (RFC 7515, section 4.1.3)."""
    own = rsa_key()
    return token(key=own, header={"kid": "rs256", "jwk": jwk(own)})


GOOD = token()
HEAD, BODY, SIGNATURE = GOOD.split(".")
FORGED = {
    "empty": "",
    "dots": "..",
    "text": "not a token",
    "two parts": f"{HEAD}.{BODY}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "no signature": f"{HEAD}.{BODY}.",
    "a signature cut short": GOOD[:-2],
    "a signature of another token": f"{HEAD}.{BODY}.{token(tenant='dune').split('.')[2]}",
    "an altered body": f"{HEAD}.{part(claims(tenant='dune'))}.{SIGNATURE}",
    "blanks": f" {GOOD}",
    "alg none": by_hand({"alg": "none"}),
    "alg None": by_hand({"alg": "None", "kid": "rs256"}),
    "no alg": by_hand({"kid": "rs256"}),
    "alg null": by_hand({"alg": None}),
    "alg a list": by_hand({"alg": ["RS256"]}),
    "HMAC with the public key": hmac_of_public_key(),
    "HMAC with nothing": by_hand({"alg": "HS256"}, hmac.digest(b"", b"", "sha256")),
    "PSS": by_hand({"alg": "PS256", "kid": "rs256"}, b"x" * 256),
    "its own key": with_its_own_key(),
    "its own address of keys": token(
        key=rsa_key(), header={"kid": "rs256", "jku": "http://127.0.0.1:1/"}
    ),
    "a key of another": token(key=rsa_key()),
    "a curve's key of another": token("ES256", key=ec_key()),
    "an Ed25519 key of another": token("EdDSA", key=ed25519_key()),
    "a curve's signature under another's kid": token("ES256", header={"kid": "rs256"}),
    "a kid that nobody has": token(header={"kid": "nobody's"}),
    "a kid that is a path": token(key=rsa_key(), header={"kid": "../../dev/null"}),
    "a kid that is a number": by_hand({"alg": "RS256", "kid": 1}),
    "a header that must be understood": token(header={"kid": "rs256", "crit": ["x"], "x": 1}),
    "a body that is not in it": by_hand({"alg": "RS256", "b64": False, "crit": ["b64"]}),
    "a header that is a list": by_hand([]),
    "a header that is no JSON": by_hand(b"{"),
    "a header that is no UTF-8": by_hand(b"\xff\xfe{}"),
    "a header nested deep": by_hand(b"[" * 8_000),
    "too long": by_hand({"alg": "RS256"}, b"x" * 20_000),
    "not ASCII": f"{HEAD}.{BODY}.ключ",
    "bytes that are no UTF-8": f"{HEAD}.{BODY}.\udcff",
    "line breaks": f"{HEAD}.{BODY}\n.{SIGNATURE}",
    "base 64 of the other alphabet": f"{HEAD}.{BODY}.{'+/' * 171}",
}


@pytest.mark.parametrize("presented", FORGED.values(), ids=FORGED.keys())
async def test_what_nobody_we_trust_has_signed_is_refused_in_one_way(presented: str) -> None:
    with pytest.raises(UnauthenticatedError) as refused:
        await reader().read(presented)
    assert refused.value.message == "this token is not valid"
    assert "new token of the identity provider" in (refused.value.hint or "")
    assert refused.value.__cause__ is None
    assert refused.value.was_presented


async def test_the_log_knows_the_reason_and_no_token(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("analytics_gql")
    before, logger.propagate = logger.propagate, True
    try:
        with caplog.at_level(logging.INFO, "analytics_gql.access.tokens"):
            await refusal(token(key=rsa_key()))
    finally:
        logger.propagate = before
    assert "no key has signed it" in caplog.text
    assert "eyJ" not in caplog.text


@settings(max_examples=300, deadline=None)
@given(st.data())
async def test_no_altered_token_is_believed_and_none_is_a_bug(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(GOOD) - 1))
    letter = data.draw(st.characters(codec="utf-8"))
    altered = GOOD[:position] + letter + GOOD[position + 1 :]
    if altered != GOOD:
        with pytest.raises(UnauthenticatedError):
            await reader().read(altered)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.tuples(st.binary(), st.binary(), st.binary())))
async def test_nothing_that_is_sent_is_a_bug(sent: str | tuple[bytes, bytes, bytes]) -> None:
    presented = sent if isinstance(sent, str) else ".".join(map(part, sent))
    with pytest.raises(UnauthenticatedError):
        await reader().read(presented)

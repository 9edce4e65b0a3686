"""JSON Web Tokens: an identity provider's word for who asks.

What is wrong with a token is told only to those who hold one that the provider has signed: it has
expired, or is for somebody else. All others are told the same, whatever it is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import jwt
import orjson

from analytics_gql.access.caller import EVERY_ROLE, Admitted, Caller
from analytics_gql.access.tiers import STANDARD_TIERS, Tiers
from analytics_gql.access.token_keys import ALGORITHMS, KeySource, TokenKey
from analytics_gql.errors import (
    CredentialExpiredError,
    TokenKeysUnavailableError,
    UnauthenticatedError,
)

logger = logging.getLogger(__name__)

_MAX_NAME = 100
_MAX_CHARACTERS = 16_384  # what servers accept as one header at most
_HOW_TO_MEND_IT = (
    "send a new token of the identity provider that this server trusts as "
    "`Authorization: Bearer TOKEN`"
)


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Which tokens are meant for this server, and which of their claims say what.

    A claim is named as it is, or by its path: `realm_access.roles`.
    """

    issuer: str
    audience: str
    clock_skew_s: float
    tenant_claim: str
    roles_claim: str
    tier_claim: str
    tiers: Tiers = STANDARD_TIERS


class TokenReader:
    """Checks tokens and reads callers from them."""

    def __init__(self, keys: KeySource, rules: TokenRules) -> None:
        self.keys = keys
        self._rules = rules

    async def read(self, token: str) -> Admitted:
        """Who a token stands for, and until when.

        Raises UnauthenticatedError, CredentialExpiredError, or TokenKeysUnavailableError if no key
        could be had yet.
        """
        for key in await self._candidates(token):
            try:
                claims = self._verified(token, key)
            except jwt.InvalidSignatureError:
                continue
            return self._admitted(claims)
        raise _not_valid("no key has signed it")

    async def _candidates(self, token: str) -> tuple[TokenKey, ...]:
        """The keys that may have signed a token; a set that lacks them is looked up anew."""
        if len(token) > _MAX_CHARACTERS or not token.isascii():
            raise _not_valid("it is too long, or not of ASCII")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise _not_valid(type(error).__name__) from None
        algorithm, kid = header.get("alg"), header.get("kid")
        # RFC 7515, section 4.1.11: "If any of the listed extension Header Parameters are not
        # understood and supported by the recipient, then the JWS is invalid." None is here.
        if algorithm not in ALGORITHMS or "crit" in header:
            raise _not_valid("its algorithm or an extension is not allowed")
        found = self._known(algorithm, kid)
        if not found:
            await self.keys.renew()
            found = self._known(algorithm, kid)
        if not found and self.keys.current is None:
            raise TokenKeysUnavailableError(
                "tokens cannot be checked at the moment",
                hint="ask again in some seconds; the operator finds the reason in the log",
            )
        return found

    def _known(self, algorithm: str, kid: str | None) -> tuple[TokenKey, ...]:
        key_set = self.keys.current
        return () if key_set is None else key_set.candidates(algorithm, kid)

    def _verified(self, token: str, key: TokenKey) -> dict[str, Any]:
        """The claims of a token that the key has signed, for us and for now.

        Raises UnauthenticatedError, CredentialExpiredError, or jwt.InvalidSignatureError if
        another key has signed it.
        """
        rules = self._rules
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                issuer=rules.issuer,
                audience=rules.audience,
                leeway=rules.clock_skew_s,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.InvalidSignatureError:
            raise
        except jwt.ExpiredSignatureError:
            raise CredentialExpiredError("this token has expired", hint=_HOW_TO_MEND_IT) from None
        except jwt.ImmatureSignatureError:
            raise _refused("this token is not valid yet") from None
        except jwt.InvalidIssuerError:
            raise _refused("this token is of another issuer") from None
        except jwt.InvalidAudienceError:
            raise _refused("this token is for another audience") from None
        except jwt.MissingRequiredClaimError as error:
            raise _refused(f"this token has no claim '{error.claim}'") from None
        except jwt.PyJWTError as error:
            raise _not_valid(type(error).__name__) from None

    def _admitted(self, claims: dict[str, Any]) -> Admitted:
        rules = self._rules
        tenant = _claim(claims, rules.tenant_claim)
        if not (tenant is None or (isinstance(tenant, str) and tenant)):
            raise _wrong_claim(rules.tenant_claim, "a text that is not empty")
        roles = _claim(claims, rules.roles_claim)
        if isinstance(roles, str):
            roles = roles.split()  # as `scope` is written, RFC 8693, section 4.2
        if not (roles is None or _are_texts(roles)):
            raise _wrong_claim(rules.roles_claim, "a list of texts, or one with blanks between")
        tier = _claim(claims, rules.tier_claim)
        if not (tier is None or (type(tier) is int and tier in rules.tiers)):
            raise _wrong_claim(rules.tier_claim, "a tier that there is")
        # Issuers give names to roles, and `*` may be one: it is never all of ours.
        named = tuple(role for role in roles or () if role != EVERY_ROLE)
        tier = 1 if tier is None else tier
        caller = Caller(tenant, named, tier, rows=rules.tiers.rows_of(tier))
        subject = _text(claims.get("sub"))
        # RFC 7519, section 4.1.2: "The subject value MUST either be scoped to be locally unique
        # in the context of the issuer or be globally unique." Without one the tenant is meant.
        client = orjson.dumps(["token", tenant, subject]).decode()
        name = None if subject is None else subject[:_MAX_NAME]
        return Admitted(caller, int(claims["exp"]) + rules.clock_skew_s, name, client)


def _text(claim: object) -> str | None:
    return claim if isinstance(claim, str) else None


def _claim(claims: dict[str, Any], name: str) -> Any:
    """A claim by its name, or by its path; None where there is none."""
    # The name first: those of some providers are URLs, with dots in them.
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _wrong_claim(name: str, form: str) -> UnauthenticatedError:
    return UnauthenticatedError(
        f"the claim '{name}' of this token is not {form}",
        hint="ask those who run the identity provider to mend it",
        was_presented=True,
    )


def _refused(message: str) -> UnauthenticatedError:
    return UnauthenticatedError(message, hint=_HOW_TO_MEND_IT, was_presented=True)


def _not_valid(reason: str) -> UnauthenticatedError:
    """One answer for everything that nobody we trust has signed; the reason is for the log."""
    logger.info("a token was refused: %s", reason)
    return _refused("this token is not valid")

"""Who may ask: the first gate, keys, tokens and origins."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from analytics_gql.access.caller import EVERY_ROLE, Caller
from analytics_gql.access.credentials import Credentials
from analytics_gql.access.failed_attempts import FailedAttempts
from analytics_gql.access.followed_file import FollowedFile
from analytics_gql.access.keys import read_keys
from analytics_gql.access.remote_key_set import RemoteKeySet, is_url
from analytics_gql.access.tiers import read_tiers
from analytics_gql.access.token_keys import KeySource, read_token_keys
from analytics_gql.access.tokens import TokenReader, TokenRules
from analytics_gql.doors.admission import Admission, is_loopback
from analytics_gql.doors.cors import CrossOrigin
from analytics_gql.errors import SettingsError
from analytics_gql.settings import Settings


def local_caller(settings: Settings) -> Caller:
    """Who is asking where there are no keys: this machine's user, as the configured tenant.

    They have every role: whoever starts the server can read its model.
    """
    rows = read_tiers(settings.tiers).rows_of(3)
    return Caller(settings.local_tenant, (EVERY_ROLE,), tier=3, rows=rows)


def admission_of(settings: Settings) -> Admission:
    """The first gate. Raises SettingsError where the server would be open to the network."""
    credentials = credentials_of(settings)
    if credentials is not None and settings.allow_anonymous:
        raise SettingsError(
            "with keys or tokens, nobody is anonymous",
            hint="leave out --allow-anonymous, or the keys",
        )
    if credentials is None and not settings.allow_anonymous and not is_loopback(settings.host):
        raise SettingsError(
            f"without keys the server would answer anybody who reaches {settings.host}",
            hint="name a keys file with --keys, or listen at 127.0.0.1; --allow-anonymous lets "
            f"everybody read what the tenant {settings.local_tenant} may",
        )
    return Admission(
        credentials,
        local_caller(settings),
        FailedAttempts(settings.failed_attempts_per_minute),
        admits_anybody=settings.allow_anonymous,
    )


def credentials_of(settings: Settings) -> Credentials | None:
    """What callers are known by; None if nothing is configured. Raises SettingsError."""
    if not settings.asks_for_credentials:
        return None
    path = settings.keys
    read = partial(read_keys, tiers=read_tiers(settings.tiers))
    keys = None if path is None else FollowedFile(path, read, f"the keys of {path}")
    return Credentials(keys, _token_reader(settings))


def _token_reader(settings: Settings) -> TokenReader | None:
    if settings.jwt_keys is None:
        return None
    if settings.jwt_issuer is None or settings.jwt_audience is None:
        raise SettingsError(
            "tokens of any issuer, or for any audience, would be taken",
            hint="set ANALYTICS_GQL_JWT_ISSUER and ANALYTICS_GQL_JWT_AUDIENCE",
        )
    source: KeySource
    if is_url(settings.jwt_keys):
        source = RemoteKeySet(
            settings.jwt_keys,
            refresh_s=settings.jwt_refresh_s,
            min_refresh_s=settings.jwt_min_refresh_s,
        )
    else:
        source = FollowedFile(
            Path(settings.jwt_keys), read_token_keys, f"the token keys of {settings.jwt_keys}"
        )
    rules = TokenRules(
        settings.jwt_issuer,
        settings.jwt_audience,
        settings.jwt_clock_skew_s,
        settings.jwt_tenant_claim,
        settings.jwt_roles_claim,
        settings.jwt_tier_claim,
        read_tiers(settings.tiers),
    )
    return TokenReader(source, rules)


def cross_origin_of(settings: Settings) -> CrossOrigin | None:
    """Which pages may read answers; None if none may. Raises SettingsError.

    Without keys, whoever asks from this machine is answered, and so is every page that is open in
    a browser on it: all pages may read only what anybody may.
    """
    if not settings.allowed_origins:
        return None
    cross_origin = CrossOrigin(settings.allowed_origins)
    is_open = settings.asks_for_credentials or settings.allow_anonymous
    if cross_origin.is_for_all and not is_open:
        raise SettingsError(
            "without keys, any page in a browser on this machine could read what the tenant "
            f"{settings.local_tenant} may",
            hint="name origins in ANALYTICS_GQL_CORS_ORIGINS, or callers with --keys; "
            "--allow-anonymous lets everybody read it",
        )
    return cross_origin

"""`analytics-gql sign NAME`: a URL that stands for one tenant's answer until it expires."""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path
from typing import Any

from analytics_gql.access.caller import Caller
from analytics_gql.access.signed_urls import UrlSigner
from analytics_gql.access.tiers import check_tier, read_tiers
from analytics_gql.compose.documents import load_registry
from analytics_gql.compose.engine import secret_of
from analytics_gql.compose.model import load_model, views_of
from analytics_gql.doors.signing import signed_path
from analytics_gql.errors import BadRequestError, PersistedQueryNotFoundError, suggest
from analytics_gql.settings import Settings

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST_S = 366 * 86_400


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "sign",
        parents=[common],
        help="sign a URL that shows a registered document's answer without a key",
        description="Prints a URL that shows one tenant's answer to a registered document until "
        "it expires. Whoever has the URL can read the answer, and any cache may share it; the "
        "tenant, roles and tier can be read in it. The server must have the same secret.",
    )
    parser.add_argument("document", metavar="NAME", help="a registered document's name")
    parser.add_argument(
        "--param",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable, written as in the URL; may be repeated",
    )
    parser.add_argument("--tenant", help="whose answer (default: the local tenant)")
    parser.add_argument("--role", dest="roles", action="append", default=[], metavar="ROLE")
    parser.add_argument("--tier", type=int, default=1, help="(default: 1)")
    parser.add_argument(
        "--expires-in", default="24h", metavar="TIME", help="30m, 24h, 7d … (default: 24h)"
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="where the server is reached (default: its own address)"
    )
    parser.add_argument("--persisted-queries", type=Path, metavar="FOLDER")
    parser.set_defaults(command=sign)


def sign(options: argparse.Namespace, settings: Settings) -> int:
    """Print the URL."""
    model = load_model(settings)
    registry = load_registry(settings, model)
    registered = registry.named(options.document)
    if registered is None:
        raise PersistedQueryNotFoundError(
            f"no document '{options.document}' is registered",
            hint=suggest(options.document, registry.names, "see `analytics-gql persist`"),
        )
    parameters = [_parameter(text) for text in options.parameters]
    expires = int(time.time()) + _duration_s(options.expires_in)
    tiers = read_tiers(settings.tiers)
    check_tier(options.tier, tiers)
    caller = Caller(
        settings.local_tenant if options.tenant is None else options.tenant,
        tuple(options.roles),
        options.tier,
        rows=tiers.rows_of(options.tier),
    )
    document = views_of(model, settings).of(caller).fitting(registered.document)
    signer = UrlSigner(secret_of(settings))
    path = signed_path(signer, registered, document, parameters, caller, expires)
    base = options.base_url or f"http://{settings.host}:{settings.port}"
    print(f"{base.rstrip('/')}{path}")
    return 0


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise BadRequestError(
            f"--param {text!r} is no parameter", hint="write --param start=2026-04-01"
        )
    return name, value


def _duration_s(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", text)
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST_S:
        raise BadRequestError(
            f"--expires-in {text!r} is no time", hint="write 30m, 24h or 7d; a year at the most"
        )
    return seconds

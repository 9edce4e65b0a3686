"""`analytics-gql keys create | list | rotate | revoke`."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from analytics_gql.access.caller import Caller, DocumentMode
from analytics_gql.access.keys import ApiKey, read_keys
from analytics_gql.access.keys_file import create_key, revoke_key, rotate_key
from analytics_gql.access.tiers import Tiers, check_tier, read_tiers
from analytics_gql.errors import SettingsError
from analytics_gql.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands."""
    parser = commands.add_parser("keys", help="create, list, rotate and revoke API keys")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    file = argparse.ArgumentParser(add_help=False)
    file.add_argument(
        "--keys", type=Path, metavar="FILE", help="the file of keys (or ANALYTICS_GQL_KEYS)"
    )
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("key", metavar="NAME", help="the key's name, or its id as listed")
    expiry = argparse.ArgumentParser(add_help=False)
    expiry.add_argument(
        "--expires",
        metavar="WHEN",
        help="after a while (90d, 12h, 30m) or at an instant (2027-01-31, in UTC)",
    )

    create = actions.add_parser(
        "create", parents=[file, expiry], help="make a key, and the file; the key is shown once"
    )
    create.add_argument("name", metavar="NAME", help="what the key is known by")
    create.add_argument("--tenant", help="whose rows it reads (default: shared tables only)")
    create.add_argument(
        "--role", action="append", default=[], dest="roles", help="a role; may be repeated"
    )
    create.add_argument("--tier", type=int, default=1)
    create.add_argument(
        "--documents",
        choices=get_args(DocumentMode),
        help="which documents it may ask, in place of the server's mode",
    )
    create.add_argument("--register", action="store_true", help="allow automatic persisted queries")
    create.set_defaults(command=keys_create)

    listed = actions.add_parser("list", parents=[file], help="what keys there are, never keys")
    listed.set_defaults(command=keys_list)

    rotate = actions.add_parser(
        "rotate", parents=[which, file, expiry], help="make a new key in the place of another"
    )
    rotate.add_argument(
        "--grace",
        default="24h",
        metavar="TIME",
        help="how long the old key still holds (default: 24h; 0 ends it at once)",
    )
    rotate.set_defaults(command=keys_rotate)

    revoke = actions.add_parser("revoke", parents=[which, file], help="end a key at once")
    revoke.set_defaults(command=keys_revoke)


def keys_create(options: argparse.Namespace, settings: Settings) -> int:
    """Make a key. It alone goes to standard output."""
    now = _now()
    tiers = read_tiers(settings.tiers)
    caller = _caller(options, tiers)
    expires = None if options.expires is None else _when(options.expires, now)
    made = create_key(_file(settings), options.name, caller, now, expires, tiers)
    print(made.key)
    _say(f"{_described(made.kept, now)}\nThis is the only time that the key is shown.")
    return 0


def keys_list(options: argparse.Namespace, settings: Settings) -> int:
    """One line a key."""
    now = _now()
    rows = [("NAME", "ID", "TENANT", "ROLES", "TIER", "CREATED", "EXPIRES", "DOCUMENTS")]
    for key in read_keys(_file(settings), read_tiers(settings.tiers)).keys:
        caller = key.caller
        expires = _minute(key.expires, "never") + (
            " (over)" if key.has_expired(now.timestamp()) else ""
        )
        documents = (caller.documents or "as the server") + (
            ", registers" if caller.may_register else ""
        )
        rows.append(
            (
                key.name or "-",
                key.identifier,
                caller.tenant or "-",
                ",".join(caller.roles) or "-",
                str(caller.tier),
                _minute(key.created, "-"),
                expires,
                documents,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def keys_rotate(options: argparse.Namespace, settings: Settings) -> int:
    """Make a key in another's place. It alone goes to standard output."""
    now = _now()
    grace = _duration(options.grace)
    if grace is None:
        raise SettingsError(f"'{options.grace}' is no time", hint="write --grace as 24h, 30m or 0")
    expires = None if options.expires is None else _when(options.expires, now)
    tiers = read_tiers(settings.tiers)
    rotated = rotate_key(_file(settings), options.key, now, grace, expires, tiers)
    print(rotated.made.key)
    old = rotated.old
    assert old.expires is not None
    ended = old.has_expired(now.timestamp())
    holds = "is over" if ended else f"holds until {_instant(old.expires)}"
    _say(
        f"{_described(rotated.made.kept, now)}\n"
        f"The old key ({old.identifier}) {holds}.\n"
        "This is the only time that the new key is shown."
    )
    return 0


def keys_revoke(options: argparse.Namespace, settings: Settings) -> int:
    """Take a key away, and say which."""
    now = _now()
    for key in revoke_key(_file(settings), options.key, read_tiers(settings.tiers)):
        print(f"revoked: {_described(key, now)}")
    return 0


def _file(settings: Settings) -> Path:
    if settings.keys is None:
        raise SettingsError(
            "no file of keys is named", hint="name it with --keys FILE, or set ANALYTICS_GQL_KEYS"
        )
    return settings.keys


def _caller(options: argparse.Namespace, tiers: Tiers) -> Caller:
    check_tier(options.tier, tiers)
    try:
        return Caller(
            options.tenant,
            tuple(options.roles),
            options.tier,
            options.documents,
            options.register,
            tiers.rows_of(options.tier),
        )
    except ValueError as error:
        raise SettingsError(str(error), hint="give --tenant a name, or leave it out") from error


def _when(text: str, now: datetime) -> datetime:
    """An instant, or the end of a while from now. Raises SettingsError."""
    duration = _duration(text)
    try:
        if duration is not None:
            return now + duration
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise SettingsError(
            f"'{text}' is no time", hint="write 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z"
        ) from error
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def _duration(text: str) -> timedelta | None:
    """A while as `90d`, `12h`, `30m`, `45s` or `0`; None if it is not written so."""
    if text == "0":
        return timedelta(0)
    found = re.fullmatch(r"([0-9]{1,6})([dhms])", text)
    return None if found is None else timedelta(**{_UNITS[found[2]]: int(found[1])})


def _described(key: ApiKey, now: datetime) -> str:
    caller = key.caller
    parts = [
        f"{key.name or 'a key without name'} ({key.identifier})",
        f"tenant {caller.tenant}" if caller.tenant else "no tenant",
        f"tier {caller.tier}",
    ]
    if caller.roles:
        parts.append(f"roles {', '.join(caller.roles)}")
    if key.expires is not None:
        ended = key.has_expired(now.timestamp())
        parts.append(f"{'expired' if ended else 'expires'} {_instant(key.expires)}")
    return ", ".join(parts)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _minute(instant: datetime | None, otherwise: str) -> str:
    return otherwise if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _say(text: str) -> None:
    print(text, file=sys.stderr)

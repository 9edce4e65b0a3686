"""`analytics-gql keys`: what is printed where, and that a key is shown once."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics_gql.access.keys import ApiKey, read_keys
from analytics_gql.cli.parser import run


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "keys.json"
    monkeypatch.setenv("ANALYTICS_GQL_KEYS", str(path))
    return path


class Said:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def keys(path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def command(*words: str) -> Said:
        status = run(["keys", *words])
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return command


def found(path: Path, key: str) -> ApiKey:
    entry = read_keys(path).find(key)
    assert entry is not None
    return entry


def test_the_new_key_alone_goes_to_standard_output(path: Path, keys: Any) -> None:
    who = ("--tenant", "acme", "--role", "analyst", "--role", "cfo", "--tier", "2")
    how = ("--expires", "90d", "--documents", "safelist", "--register")
    said = keys("create", "BI", *who, *how)
    assert said.status == 0
    assert re.fullmatch(r"agql_[A-Za-z0-9_-]{43}\n", said.out)
    key = said.out.strip()
    entry = found(path, key)
    assert re.fullmatch(
        rf"BI \({entry.identifier}\), tenant acme, tier 2, roles analyst, cfo, "
        r"expires 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\n"
        r"This is the only time that the key is shown\.\n",
        said.err,
    )
    (stored,) = json.loads(path.read_text()).values()
    assert list(stored) == [
        "name", "tenant", "roles", "tier", "created", "expires", "documents", "register"
    ]  # fmt: skip
    assert entry.created is not None
    assert entry.expires is not None
    assert (entry.expires - entry.created).days == 90
    assert (entry.caller.documents, entry.caller.may_register) == ("safelist", True)


def test_what_is_not_said_is_the_least(path: Path, keys: Any) -> None:
    caller = found(path, keys("create", "BI").out.strip()).caller
    assert (caller.tenant, caller.roles, caller.tier) == (None, (), 1)
    assert (caller.documents, caller.may_register) == (None, False)


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("2100-01-31", datetime(2100, 1, 31, tzinfo=UTC)),
        ("2100-01-31T12:00:00+02:00", datetime(2100, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_key_may_end_at_an_instant(path: Path, keys: Any, text: str, expires: datetime) -> None:
    assert found(path, keys("create", "BI", "--expires", text).out.strip()).expires == expires


def test_the_list_says_everything_but_keys(path: Path, keys: Any) -> None:
    first = keys("create", "BI", "--tenant", "acme", "--role", "analyst", "--tier", "3").out.strip()
    second = keys("rotate", "BI", "--grace", "0").out.strip()
    path.write_text(
        json.dumps({**json.loads(path.read_text()), "ab" * 32: {"documents": "safelist"}})
    )
    said = keys("list")
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0].split() == [
        "NAME", "ID", "TENANT", "ROLES", "TIER", "CREATED", "EXPIRES", "DOCUMENTS"
    ]  # fmt: skip
    assert len(lines) == 4
    assert found(path, first).identifier in lines[1]
    assert "(over)" in lines[1]
    assert re.match(
        rf"BI    {found(path, second).identifier}  acme    analyst  3     20[\d: -]+  never  ",
        lines[2],
    )
    assert re.fullmatch(r"-     abababab  - +- +1 +- +never +safelist", lines[3])
    for key in (first, second):
        assert key not in said.out


def test_a_rotated_key_holds_for_a_day_unless_another_time_is_said(path: Path, keys: Any) -> None:
    first = keys("create", "BI", "--tenant", "acme").out.strip()
    said = keys("rotate", "BI")
    second = said.out.strip()
    assert found(path, second).caller == found(path, first).caller
    old, new = found(path, first), found(path, second)
    assert old.expires is not None
    assert new.created is not None
    assert (old.expires - new.created).total_seconds() == 86_400
    assert f"The old key ({old.identifier}) holds until {old.expires:%Y-%m-%d %H:%M:%S} UTC." in (
        said.err
    )
    said = keys("rotate", new.identifier, "--grace", "0")
    assert f"The old key ({new.identifier}) is over." in said.err


def test_a_revoked_key_is_gone(path: Path, keys: Any) -> None:
    key = keys("create", "BI", "--tenant", "acme").out.strip()
    identifier = found(path, key).identifier
    said = keys("revoke", "BI")
    assert (said.status, said.out) == (0, f"revoked: BI ({identifier}), tenant acme, tier 1\n")
    assert read_keys(path).keys == ()


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("revoke", "B"), "there is no key 'B'", "did you mean 'BI'?"),
        (("create", "BI"), "there is a key 'BI' already", "keys rotate"),
        (("create", "x", "--expires", "soon"), "'soon' is no time", "90d"),
        (("create", "x", "--expires", "9999999d"), "'9999999d' is no time", "90d"),
        (("create", "x", "--expires", "999999d9h"), "'999999d9h' is no time", "90d"),
        (("create", "x", "--expires", "2000-01-01"), "would have expired", "a time to come"),
        (("create", "x", "--tenant", ""), "a tenant must not be empty", "leave it out"),
        (("create", "a\nb"), "the name is no text", "plainer"),
        (("rotate", "BI", "--grace", "long"), "'long' is no time", "24h, 30m or 0"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_hint(
    keys: Any, path: Path, words: tuple[str, ...], message: str, hint: str
) -> None:
    keys("create", "BI")
    before = path.read_bytes()
    said = keys(*words)
    assert (said.status, said.out) == (1, "")
    first, second = said.err.split("\n  → ")
    assert message in first
    assert hint in second
    assert path.read_bytes() == before


def test_without_a_file_nothing_is_guessed(
    keys: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ANALYTICS_GQL_KEYS")
    for words in (("create", "BI"), ("list",), ("rotate", "BI"), ("revoke", "BI")):
        said = keys(*words)
        assert said.status == 1
        assert said.err.startswith("analytics-gql: no file of keys is named\n  → name it with")
    elsewhere = tmp_path / "other.json"
    assert keys("create", "BI", "--keys", str(elsewhere)).status == 0
    assert keys("list", "--keys", str(elsewhere)).status == 0

"""Keys are made, rotated and revoked in a file that is whole at every moment."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys import digest_of, read_keys
from analytics_gql.access.keys_file import create_key, revoke_key, rotate_key
from analytics_gql.errors import SettingsError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ACME = Caller("acme", ("analyst",), 2, "safelist", True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_a_key_stands_for_its_caller_and_is_stored_nowhere(path: Path) -> None:
    made = create_key(path, "BI", ACME, NOW, NOW + DAY)
    ring = read_keys(path)
    found = ring.find(made.key)
    assert found == made.kept
    assert found is not None
    caller = found.caller
    assert (caller, caller.documents, caller.may_register) == (ACME, "safelist", True)
    assert (found.name, found.created, found.expires) == ("BI", NOW, NOW + DAY)
    assert found.digest == digest_of(made.key)
    assert made.key not in path.read_text()
    assert made.key.removeprefix("agql_") not in path.read_text()


def test_the_file_is_its_owner_s_alone_also_where_it_was_not(path: Path) -> None:
    mask = os.umask(0)
    try:
        create_key(path, "one", ACME, NOW, None)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        create_key(path, "two", ACME, NOW, None)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["keys.json"], "nothing is left behind"


def test_a_change_replaces_the_file_and_follows_a_link(path: Path, tmp_path: Path) -> None:
    create_key(path, "one", ACME, NOW, None)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with path.open("rb") as opened:
        create_key(link, "two", ACME, NOW, None)
        assert [entry["name"] for entry in orjson.loads(opened.read()).values()] == ["one"]
        assert os.fstat(opened.fileno()).st_nlink == 0
    assert link.is_symlink()
    assert [key.name for key in read_keys(path).keys] == ["one", "two"]


def test_the_file_stays_its_owner_s(path: Path) -> None:
    create_key(path, "one", ACME, NOW, None)
    # Only root can give a file away, and take it back by mistake.
    owner = 65_534 if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)
    create_key(path, "two", ACME, NOW, None)
    assert path.stat().st_uid == owner


def test_changes_at_the_same_time_are_all_made(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda n: create_key(path, f"key {n}", ACME, NOW, None), range(40)))
    ring = read_keys(path)
    assert all(ring.find(each.key) == each.kept for each in made)


def test_entries_that_people_wrote_stay(path: Path) -> None:
    path.write_text('{"' + digest_of("by hand").upper() + '": {"tenant": "dune"}}')
    create_key(path, "BI", ACME, NOW, None)
    found = read_keys(path).find("by hand")
    assert found is not None
    assert found.caller == Caller("dune")


def test_one_name_is_for_one_key(path: Path) -> None:
    create_key(path, "BI", ACME, NOW, None)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="there is a key 'BI' already") as refused:
        create_key(path, "BI", ACME, NOW, None)
    assert "keys rotate" in (refused.value.hint or "")
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["", " ", "a ", "a\nb", "\x1b[31m", "x" * 101])
def test_a_name_is_a_plain_one(path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="the name is no text of 1 to 100"):
        create_key(path, name, ACME, NOW, None)
    assert not path.exists()


def test_a_key_that_has_ended_already_is_not_made(path: Path) -> None:
    for expires in (NOW, NOW - DAY):
        with pytest.raises(SettingsError, match="would have expired at 2026-0"):
            create_key(path, "BI", ACME, NOW, expires)


def test_a_rotated_key_holds_for_the_grace(path: Path) -> None:
    first = create_key(path, "BI", ACME, NOW, None)
    other = create_key(path, "other", ACME, NOW, None)
    second = rotate_key(path, "BI", NOW + DAY, timedelta(hours=2))
    assert second.made.key != first.key
    ring = read_keys(path)
    old, new = ring.find(first.key), ring.find(second.made.key)
    assert old is not None
    assert new is not None
    ends = (NOW + DAY + timedelta(hours=2)).timestamp()
    assert [old.has_expired(ends + s) for s in (-1, 0)] == [False, True]
    assert old == second.old
    assert not new.has_expired(ends + 1e9)
    assert (new.name, new.caller, new.caller.documents) == ("BI", ACME, "safelist")
    # The next time, what is over goes; the newest is the one that is rotated.
    third = rotate_key(path, "BI", NOW + 3 * DAY, timedelta(0))
    ring = read_keys(path)
    assert third.old.digest == new.digest
    assert third.old.has_expired((NOW + 3 * DAY).timestamp())
    assert ring.find(first.key) is None
    assert ring.find(third.made.key) is not None
    assert ring.find(other.key) == other.kept


def test_a_grace_never_prolongs_and_a_life_is_as_long_as_before(path: Path) -> None:
    create_key(path, "BI", ACME, NOW, NOW + 10 * DAY)
    rotated = rotate_key(path, "BI", NOW + 9 * DAY, 5 * DAY)
    assert rotated.old.expires == NOW + 10 * DAY
    assert rotated.made.kept.expires == NOW + 19 * DAY
    again = rotate_key(path, rotated.made.kept.identifier, NOW + 9 * DAY, DAY, NOW + 11 * DAY)
    assert again.made.kept.expires == NOW + 11 * DAY


def test_a_key_is_revoked_by_name_with_those_in_grace_or_alone_by_identifier(path: Path) -> None:
    first = create_key(path, "BI", ACME, NOW, None)
    second = rotate_key(path, "BI", NOW, DAY).made
    other = create_key(path, "other", ACME, NOW, None)
    (revoked,) = revoke_key(path, first.kept.identifier.upper())
    assert revoked.digest == first.kept.digest
    third = rotate_key(path, "BI", NOW, DAY).made
    assert {key.digest for key in revoke_key(path, "BI")} == {
        second.kept.digest,
        third.kept.digest,
    }
    assert read_keys(path).keys == (other.kept,)


def test_a_key_that_is_not_there_is_told_with_the_nearest(path: Path) -> None:
    create_key(path, "dashboard", ACME, NOW, None)
    before = path.read_bytes()
    for refuse in (
        lambda which: revoke_key(path, which),
        lambda which: rotate_key(path, which, NOW, DAY),
    ):
        with pytest.raises(SettingsError, match="there is no key 'dashbord'") as refused:
            refuse("dashbord")
        assert refused.value.hint == "did you mean 'dashboard'?"
        with pytest.raises(SettingsError) as refused:
            refuse("x")
        assert "keys list" in (refused.value.hint or "")
    assert path.read_bytes() == before


def test_a_file_with_a_fault_is_not_written_over(path: Path, tmp_path: Path) -> None:
    path.write_text("{")
    with pytest.raises(SettingsError, match="is not JSON"):
        create_key(path, "BI", ACME, NOW, None)
    assert path.read_text() == "{"
    with pytest.raises(SettingsError, match="cannot be read"):
        revoke_key(tmp_path / "none.json", "BI")
    with pytest.raises(SettingsError, match=r"folder of .* cannot be opened"):
        create_key(tmp_path / "no" / "keys.json", "BI", ACME, NOW, None)

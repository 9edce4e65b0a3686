"""The keys file: whole or not at all, and never a key in a message."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys import PREFIX, KeyRing, digest_of, new_key, read_keys, written_keys
from analytics_gql.errors import SettingsError

KEY = "correct-horse-battery-staple"
DIGEST = hashlib.sha256(KEY.encode()).hexdigest()


def written(folder: Path, content: Any) -> Path:
    path = folder / "keys.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def caller_of(ring: KeyRing, key: str) -> Caller | None:
    found = ring.find(key)
    return None if found is None else found.caller


def test_each_key_stands_for_its_caller(tmp_path: Path) -> None:
    bare = hashlib.sha256(b"bare").hexdigest()
    ring = read_keys(
        written(
            tmp_path,
            {
                DIGEST.upper(): {"tenant": "acme", "roles": ["analyst", "cfo"], "tier": 3},
                bare: {},
            },
        )
    )
    assert caller_of(ring, KEY) == Caller("acme", ("analyst", "cfo"), 3)
    assert caller_of(ring, "bare") == Caller(None, (), 1)


@pytest.mark.parametrize("key", ["", "wrong", DIGEST, KEY + " ", KEY.upper(), "\udcff", "ключ"])
def test_a_key_that_nobody_holds_is_not_found(tmp_path: Path, key: str) -> None:
    assert read_keys(written(tmp_path, {DIGEST: {"tenant": "acme"}})).find(key) is None
    assert read_keys(written(tmp_path, {})).find(key) is None


def test_a_key_is_long_random_and_recognisable() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert re.fullmatch(PREFIX + "[A-Za-z0-9_-]{43}", key), "43 digits of base 64 are 256 bits"
        assert digest_of(key) == hashlib.sha256(key.encode()).hexdigest()


def test_a_key_has_a_name_and_times(tmp_path: Path) -> None:
    entry = {
        "name": "BI",
        "created": "2026-01-31T10:00:00Z",
        "expires": "2026-02-01T01:00:00+01:00",
    }
    (key,) = read_keys(written(tmp_path, {DIGEST: entry})).keys
    assert (key.name, key.identifier) == ("BI", DIGEST[:8])
    assert key.created == datetime(2026, 1, 31, 10, tzinfo=UTC)
    midnight = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
    assert [key.has_expired(midnight + s) for s in (-1, 0, 1)] == [False, True, True]
    (forever,) = read_keys(written(tmp_path, {DIGEST: {}})).keys
    assert not forever.has_expired(1e12)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    entries = {
        DIGEST: {"tenant": "acme", "roles": ["a", "b"], "tier": 3, "documents": "safelist"},
        "0" * 64: {"name": "BI", "register": True, "expires": "2026-02-01T01:00:00Z"},
    }
    keys = read_keys(written(tmp_path, entries)).keys
    again = read_keys(written(tmp_path, written_keys(keys))).keys
    assert again == keys
    assert [key.caller.may_register for key in again] == [False, True]
    assert [key.caller.documents for key in again] == ["safelist", None]


MALFORMED = {
    "empty": (b"", r"is not JSON: line 1, column 1"),
    "no JSON": (b'{\n  "' + KEY.encode() + b'": oops}', r"is not JSON: line 2, column \d+"),
    "not UTF-8": (b'{"\xff": 1}', r"is not JSON"),
    "deeply nested": (b"[" * 100_000, r"is not JSON"),
    "a list": ([KEY], r"is not a JSON object"),
    "a string": (KEY, r"is not a JSON object"),
    "null": (b"null", r"is not a JSON object"),
    "a key in place of its digest": ({KEY: {}}, r"the name of entry 1 is no SHA-256"),
    "a digest too short": ({DIGEST: {}, DIGEST[:63]: {}}, r"the name of entry 2 is no SHA-256"),
    "a digest of other letters": ({"g" * 64: {}}, r"the name of entry 1 is no SHA-256"),
    "a digest with a newline": ({DIGEST + "\n": {}}, r"the name of entry 1 is no SHA-256"),
    "one digest twice": (
        {DIGEST: {"tenant": "acme"}, DIGEST.upper(): {"tenant": "dune"}},
        r"entry 2 is for a key that an earlier entry is for",
    ),
    "an entry that is a string": ({DIGEST: KEY}, r"entry 1 is not a JSON object"),
    "an entry that is null": ({DIGEST: None}, r"entry 1 is not a JSON object"),
    "an unknown member": ({DIGEST: {"tennant": KEY}}, r"entry 1 has an unknown 'tennant'"),
    "a tenant that is a number": ({DIGEST: {"tenant": 7}}, r"the tenant of entry 1 is no string"),
    "an empty tenant": ({DIGEST: {"tenant": ""}}, r"entry 1: a tenant must not be empty"),
    "roles that are a string": ({DIGEST: {"roles": "cfo"}}, r"the roles of entry 1"),
    "roles that are numbers": ({DIGEST: {"roles": [1]}}, r"the roles of entry 1"),
    "roles that are null": ({DIGEST: {"roles": None}}, r"the roles of entry 1"),
    "a tier that there is not": ({DIGEST: {"tier": 4}}, r"entry 1: tier must be one of"),
    "a tier that is true": ({DIGEST: {"tier": True}}, r"the tier of entry 1 is no whole number"),
    "a tier that is a float": ({DIGEST: {"tier": 1.0}}, r"the tier of entry 1 is no whole"),
    "a tier that is a string": ({DIGEST: {"tier": "1"}}, r"the tier of entry 1 is no whole"),
    "a tier that is a list": ({DIGEST: {"tier": [1]}}, r"the tier of entry 1 is no whole number"),
    "documents of no mode": ({DIGEST: {"documents": "closed"}}, r"the documents of entry 1 are"),
    "documents that are a list": ({DIGEST: {"documents": []}}, r"the documents of entry 1 are"),
    "register that is a number": ({DIGEST: {"register": 1}}, r"the register of entry 1 is not"),
    "a name that is a number": ({DIGEST: {"name": 1}}, r"the name of key 1 is no text"),
    "an empty name": ({DIGEST: {"name": ""}}, r"the name of key 1 is no text"),
    "a name with a line break": ({DIGEST: {"name": "a\nb"}}, r"the name of key 1 is no text"),
    "an instant without zone": ({DIGEST: {"expires": "2026-01-01"}}, r"`expires` of entry 1"),
    "an instant that is a number": ({DIGEST: {"expires": 1}}, r"`expires` of entry 1"),
    "an instant that is none": ({DIGEST: {"created": "soon"}}, r"`created` of entry 1"),
    "a tier that is null": ({DIGEST: {"tier": None}}, r"the tier of entry 1 is no whole number"),
}


@pytest.mark.parametrize(("content", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_file_is_refused_naming_the_entry_and_no_key(
    tmp_path: Path, content: Any, message: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(SettingsError) as refused:
        read_keys(path)
    assert re.search(message, refused.value.message)
    assert str(path) in refused.value.message
    said = refused.value.message + (refused.value.hint or "")
    assert KEY not in said
    assert DIGEST not in said


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_keys(tmp_path / name)


def test_a_key_says_which_documents_it_may_ask(tmp_path: Path) -> None:
    entries = {"documents": "safelist-log", "register": True}
    caller = caller_of(read_keys(written(tmp_path, {DIGEST: entries})), KEY)
    assert caller is not None
    assert (caller.documents, caller.may_register) == ("safelist-log", True)
    # No answer depends on it: what is kept for one caller is good for the other.
    assert caller == Caller(None)
    assert hash(caller) == hash(Caller(None))


def test_callers_are_checked_when_they_are_made() -> None:
    with pytest.raises(ValueError, match="tier must be one of"):
        Caller("acme", tier=0)
    with pytest.raises(ValueError, match="must not be empty"):
        Caller("")
    assert [Caller("acme", tier=tier).max_rows for tier in (1, 2, 3)] == [100, 10_000, 1_000_000]

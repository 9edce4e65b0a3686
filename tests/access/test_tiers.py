"""Tiers: ours, and those that the configuration says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys import digest_of, read_keys
from analytics_gql.access.signed_urls import UrlSigner
from analytics_gql.access.tiers import STANDARD, STANDARD_TIERS, Tier, check_tier, read_tiers
from analytics_gql.errors import SettingsError, SignatureInvalidError

OWN = {"per_minute": 50, "per_day": None, "rows": 7, "budget": 500}


def test_without_configuration_they_are_ours() -> None:
    assert read_tiers(None).by_number == STANDARD
    assert [(t.per_minute, t.burst, t.per_day, t.rows) for t in STANDARD.values()] == [
        (100, 100, 10_000, 100),
        (1_000, 1_000, 100_000, 10_000),
        (10_000, 10_000, None, 1_000_000),
    ]


def test_what_is_said_stands_above_ours_and_the_rest_stays() -> None:
    tiers = read_tiers('{"1": {"per_minute": 30}, "2": {"burst": 5}, "3": {"per_day": 9}}')
    assert tiers[1] == replace(STANDARD[1], per_minute=30, burst=30)
    assert tiers[2] == replace(STANDARD[2], burst=5)
    assert tiers[3] == replace(STANDARD[3], per_day=9)
    assert read_tiers('{"1": {"per_day": null}}')[1].per_day is None


def test_a_tier_may_be_without_any_limit() -> None:
    tiers = read_tiers('{"3": {"per_minute": null}}')
    assert (tiers[3].per_minute, tiers[3].burst, tiers[3].per_day) == (None, None, None)
    assert tiers[3].rows == STANDARD[3].rows
    for text in (
        '{"1": {"per_minute": null}}',
        '{"3": {"per_minute": null, "burst": 5}}',
        '{"3": {"per_minute": null, "per_day": 5}}',
    ):
        with pytest.raises(SettingsError, match="has no limit for a minute"):
            read_tiers(text)


def test_keys_and_signed_urls_may_be_of_a_tier_of_your_own(tmp_path: Path) -> None:
    tiers = read_tiers(orjson.dumps({"4": OWN}).decode())
    assert tiers[4] == Tier(50, 50, None, 7, 500)
    path = tmp_path / "keys.json"
    path.write_bytes(orjson.dumps({digest_of("k"): {"tenant": "acme", "tier": 4}}))
    key = read_keys(path, tiers).find("k")
    assert key is not None
    assert key.caller.max_rows == 7
    signer = UrlSigner(b"a secret of some length", tiers)
    text = signer.sign("sha256:1", [], key.caller, 1_000)
    assert signer.check(text, "sha256:1", [], 0).caller.max_rows == 7
    timed = read_tiers(
        orjson.dumps({"2": {"timeout_s": 2.5}, "4": OWN | {"timeout_s": 5}}).decode()
    )
    assert [tier.timeout_s for tier in timed.by_number.values()] == [None, 2.5, None, 5]
    with pytest.raises(SettingsError, match="tier must be one of"):
        read_keys(path)
    with pytest.raises(SignatureInvalidError):  # the tier is not there any more
        UrlSigner(b"a secret of some length").check(text, "sha256:1", [], 0)


def test_a_tier_that_there_is_not_is_told() -> None:
    check_tier(3, STANDARD_TIERS)
    with pytest.raises(SettingsError, match="there is no tier 4") as refused:
        check_tier(4, STANDARD_TIERS)
    assert "1, 2, 3" in str(refused.value.hint)
    with pytest.raises(ValueError, match="tier must be one of"):
        Caller("acme", tier=4)


@pytest.mark.parametrize(
    ("text", "said"),
    {
        "no JSON": ("{", "not JSON"),
        "no object": ("[]", "not a JSON object"),
        "no number": ('{"gold": {}}', "'gold' is no tier"),
        "tier 0": ('{"0": {}}', "'0' is no tier"),
        "no members": ('{"1": 5}', "tier 1 is not a JSON object"),
        "an unknown member": ('{"1": {"per_second": 5}}', "unknown 'per_second'"),
        "true": ('{"1": {"rows": true}}', "`rows` of tier 1 is no whole number"),
        "nothing": ('{"1": {"per_minute": 0}}', "`per_minute` of tier 1 is no whole number"),
        "too much": ('{"1": {"burst": 10000001}}', "`burst` of tier 1 is no whole number"),
        "no time": ('{"1": {"timeout_s": 0}}', "`timeout_s` of tier 1 is no number of seconds"),
        "a time in words": ('{"1": {"timeout_s": "5"}}', "`timeout_s` of tier 1 is no number"),
        "null": ('{"1": {"rows": null}}', "`rows` of tier 1 is no whole number"),
        "not all of a new one": ('{"4": {"per_minute": 5}}', "tier 4 has no `per_day`"),
    }.values(),
)
def test_what_cannot_stand_stops_the_start(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        read_tiers(text)
    assert refused.value.hint

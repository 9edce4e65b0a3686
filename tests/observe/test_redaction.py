"""What must not be read in a log."""

from __future__ import annotations

import pytest

from analytics_gql.access.keys import new_key
from analytics_gql.observe.redaction import without_secrets

KEY = "agql_F1kmQyTt-Yb4v7-Tggl2Xq1tlWwB5LyTNmg3uKMArzU"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEiLCJleHAiOjF9.c2lnbmF0dXJl-_"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a key {KEY}, and more", "a key agql_***, and more"),
        (f"/graphql/p/{KEY}", "/graphql/p/agql_***"),
        (f"token {JWT} refused", "token *** refused"),
        ("Authorization: Bearer abc def", "Authorization: *** def"),
        ("{'authorization': 'Basic dTpw', 'host': 'h'}", "{'authorization': '***', 'host': 'h'}"),
        ("X-API-Key=k1, next", "X-API-Key=***, next"),
        ("sent Bearer abcdefgh.ijk", "sent Bearer ***"),
        ("postgresql://ada:pass@word@db:5432/shop", "postgresql://***@db:5432/shop"),
        ("redis://:secret@r/0 is away", "redis://***@r/0 is away"),
        ("host=db password='two words' user=ada", "host=db password=*** user=ada"),
        ("?start=1&__signed=abc.def&end=2", "?start=1&__signed=***&end=2"),
    ],
)
def test_secrets_are_stars(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_a_new_key_is_a_secret() -> None:
    assert without_secrets(f"a key {new_key()}, and more") == "a key agql_***, and more"


@pytest.mark.parametrize(
    "text",
    [
        "3 rows in 1.5 ms",
        "SELECT SUM(net_amount) FROM gold.orders WHERE org_id = $1",
        "https://id.example/jwks cannot be reached",
        "the basic plan has no bearer",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert without_secrets(text) == text

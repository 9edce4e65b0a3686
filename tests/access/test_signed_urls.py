from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.access.signed_urls import PARAMETER, Signed, UrlSigner
from analytics_gql.errors import SignatureExpiredError, SignatureInvalidError

SIGNER = UrlSigner(b"a secret of some length")
ACME = Caller("acme", ("finance",), tier=2)
ASKED = [("start", "2026-04-01"), ("countries", "DE"), ("countries", "FR")]
TEXT = SIGNER.sign("sha256:1", ASKED, ACME, 1_000)


def test_a_signature_stands_for_its_caller_until_it_expires() -> None:
    expected = Signed(ACME, 1_000, f"signed {TEXT.split('.')[1]}")
    signed = SIGNER.check(TEXT, "sha256:1", ASKED, 999.9)
    assert signed == expected
    assert SIGNER.check(TEXT, "sha256:1", ASKED[::-1], 0) == expected
    assert SIGNER.check(TEXT, "sha256:1", [*ASKED, (PARAMETER, TEXT)], 0) == expected
    nobody = Caller(None)
    text = SIGNER.sign("a", [], nobody, 5)
    assert SIGNER.check(text, "a", [], 0) == Signed(nobody, 5, f"signed {text.split('.')[1]}")
    with pytest.raises(SignatureExpiredError):
        SIGNER.check(TEXT, "sha256:1", ASKED, 1_000)


@pytest.mark.parametrize(
    ("document", "asked"),
    [
        ("sha256:2", ASKED),
        ("sha256:1", ASKED[1:]),
        ("sha256:1", [*ASKED, ("end", "2026-04-02")]),
        ("sha256:1", [("start", "2026-04-02"), *ASKED[1:]]),
        ("sha256:1", [("start", "2026-04-01"), ("countries", "DEFR")]),
    ],
)
def test_it_belongs_to_one_question(document: str, asked: list[tuple[str, str]]) -> None:
    with pytest.raises(SignatureInvalidError):
        SIGNER.check(TEXT, document, asked, 0)


@given(st.data())
def test_an_altered_signature_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT) - 1))
    letter = data.draw(st.characters().filter(lambda letter: letter != TEXT[place]))
    altered = TEXT[:place] + letter + TEXT[place + 1 :]
    try:
        found = SIGNER.check(altered, "sha256:1", ASKED, 0)
    except SignatureInvalidError:
        return
    assert (found.caller, found.expires) == (ACME, 1_000)  # bits that base64 overlooks at the end


@pytest.mark.parametrize("text", ["", ".", "a.b", "ä.b", "x" * 5_000, f"{TEXT}.", TEXT[:-3]])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(SignatureInvalidError):
        SIGNER.check(text, "sha256:1", ASKED, 0)


def test_another_secret_signs_otherwise() -> None:
    with pytest.raises(SignatureInvalidError):
        UrlSigner(b"another secret of some length").check(TEXT, "sha256:1", ASKED, 0)

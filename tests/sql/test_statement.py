"""What is bound to a statement's parameters."""

from __future__ import annotations

import pytest

from analytics_gql.errors import KeyValueError
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.sql.statement import read_identifier


@pytest.mark.parametrize("number", [0, 7, -7, 2**63 - 1, -(2**63)])
def test_a_whole_number_of_64_bits_is_an_identifier(number: int) -> None:
    assert read_identifier(str(number), ColumnKind.INTEGER) == number


@pytest.mark.parametrize("text", [str(2**63), str(-(2**63) - 1), "9" * 20, "9" * 100_000])
def test_a_larger_one_is_told_to_be_too_large(text: str) -> None:
    with pytest.raises(KeyValueError, match="it is too large") as refused:
        read_identifier(text, ColumnKind.INTEGER)
    assert len(refused.value.message) < 200


@pytest.mark.parametrize("text", ["", "x", "007", "+7", " 7", "7.0", "1e3", "1_000", "-0", "٣"])
def test_anything_else_is_no_identifier_of_integers(text: str) -> None:
    with pytest.raises(KeyValueError, match="the column's kind is integer"):
        read_identifier(text, ColumnKind.INTEGER)

"""@sunset: a day, on what is deprecated, shown to clients."""

from __future__ import annotations

from datetime import date

import pytest
from graphql import (
    FieldDefinitionNode,
    InputValueDefinitionNode,
    ObjectTypeDefinitionNode,
    build_schema,
    parse,
    validate_schema,
)

from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.sunsets import sunset_of
from tests.sdl.models import check_faults, dataset_sdl, synced

FORM = "write the day as in 2027-01-31"


def tax(directives: str) -> str:
    """A model whose metric `tax` stands on line 7."""
    return dataset_sdl(f'tax: Decimal @metric(sql: "sum(tax)") {directives}')


@pytest.mark.parametrize(
    ("directives", "expected"),
    [
        (
            '@sunset(date: "2027-01-31")',
            [
                "tax has a @sunset and is not deprecated – say what to use in its place: "
                '@deprecated(reason: "…")'
            ],
        ),
        (
            '@deprecated @sunset(date: "2027-02-30")',
            [f'the sunset of tax is "2027-02-30", which is no day – {FORM}'],
        ),
        (
            '@deprecated @sunset(date: "20270131")',
            [f'the sunset of tax is "20270131", which is no day – {FORM}'],
        ),
        (
            "@deprecated @sunset(date: 2027)",
            [f"the sunset of tax is 2027, which is no day – {FORM}"],
        ),
        ("@deprecated @sunset", [f"@sunset: the argument 'date' is missing – {FORM}"]),
        (
            '@deprecated @sunset(date: "2027-01-31", at: "noon")',
            [f"@sunset: unknown argument 'at' – it takes date; {FORM}"],
        ),
        (
            '@deprecated @sunset(date: "2027-01-31") @sunset(date: "2027-01-31")',
            ["@sunset stands twice – keep one of them"],
        ),
    ],
)
def test_what_is_wrong_with_a_sunset_is_told_once(directives: str, expected: list[str]) -> None:
    told = check_faults(tax(directives))
    assert told == [f"0.graphql:7: {message}" for message in expected]


def test_a_sunset_may_stand_on_arguments_input_fields_and_enum_values() -> None:
    also = """
enum Tone { WARM @deprecated @sunset(date: "2027-01-31") COLD }
input Shade { light: Tone dark: Tone @deprecated @sunset(date: "2027-01-31") }
extend type Query {
  shades(of: Shade, tone: Tone @deprecated @sunset(date: "2027-01-31")): [Sales!]
}
"""
    told = [fault for fault in check_faults(dataset_sdl() + also) if "unset" in fault]
    assert told == []
    wrong = also.replace("@deprecated ", "")
    assert sum("is not deprecated" in fault for fault in check_faults(dataset_sdl() + wrong)) == 3


def test_a_sunset_on_a_type_is_out_of_place() -> None:
    text = dataset_sdl().replace("type Sales\n", 'type Sales @sunset(date: "2027-01-31")\n')
    assert any("'@sunset' may not be used on object" in fault for fault in check_faults(text))


def test_clients_see_sunsets_and_what_they_are() -> None:
    sdl = public_sdl(synced(tax('@deprecated(reason: "ask vat") @sunset(date: "2027-01-31")')))
    assert 'tax: Decimal @deprecated(reason: "ask vat") @sunset(date: "2027-01-31")' in sdl
    assert "directive @sunset(date: String!) on FIELD_DEFINITION |" in sdl
    assert validate_schema(build_schema(sdl)) == []


def test_where_nothing_has_a_sunset_clients_see_nothing_of_it() -> None:
    assert "sunset" not in public_sdl(synced(tax("")))


def test_the_day_is_read_back() -> None:
    (node,) = parse(
        'type A { a(b: Int @sunset(date: "2027-03-01")): Int @sunset(date: "no") }'
    ).definitions
    assert isinstance(node, ObjectTypeDefinitionNode)
    (field,) = node.fields or ()
    assert isinstance(field, FieldDefinitionNode)
    (argument,) = field.arguments or ()
    assert isinstance(argument, InputValueDefinitionNode)
    assert sunset_of(argument) == date(2027, 3, 1)
    assert sunset_of(field) is None
    assert sunset_of(None) is None

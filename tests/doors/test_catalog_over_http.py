"""The catalog over HTTP: by roles, as a registered document, and not as a file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.persisted.registry import identifier_of
from tests.access.test_access_over_http import keys_file
from tests.conftest import ROOT
from tests.doors.in_process import INTERNALS, ask, refused, serving
from tests.doors.registered import settings
from tests.persisted.folders import fill

STILL = """query Still {
  catalog {
    datasets {
      name description metrics { name formula dimensions metrics excluded { name reason hint } }
      dimensions { name } links { name entity }
    }
    entities { name }
  }
}
"""
VALUES = """query Values($search: String) {
  catalog {
    datasets(name: "OrderMetrics") {
      freshness dimensions(name: "country") { cardinality values(search: $search, first: 3) }
    }
  }
}
"""
KEYS: dict[str, dict[str, Any]] = {
    "plain": {"tenant": "acme", "tier": 2},
    "finance": {"tenant": "acme", "tier": 2, "roles": ["finance", "crm"]},
    "rival": {"tenant": "dune", "tier": 2},
}
HIDDEN = re.compile(r"\b(grossMargin|customers|Customer)\b")


@pytest.fixture(scope="module")
async def client(
    demo_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("guarded")
    text = (ROOT / "schema.graphql").read_text()
    for before, role in (
        ("grossMargin: Float @metric(", "finance"),
        ("customers: BigInt @metric(", "crm"),
        ("type Customer @", "crm"),
    ):
        text = text.replace(before, before.replace("@", f'@access(roles: ["{role}"]) @'))
    (folder / "schema.graphql").write_text(text)
    fill(folder / "persisted_queries", {"still.graphql": STILL, "values.graphql": VALUES})
    made = settings(demo_path, folder / "persisted_queries", keys=keys_file(folder, KEYS))
    made = made.model_copy(update={"schema_path": folder / "schema.graphql"})
    async with serving(made) as served:
        yield served


def key(name: str) -> dict[str, str]:
    return {"x-api-key": name}


def where(document: str, more: str = "") -> str:
    return f"/graphql?documentId={identifier_of(document)}{more}"


async def test_what_roles_hide_stands_in_no_part(client: httpx.AsyncClient) -> None:
    for answer in (
        await ask(client, STILL, headers=key("plain")),
        await client.get(where(STILL), headers=key("plain")),
    ):
        assert answer.status_code == 200
        assert HIDDEN.search(answer.text) is None
        assert INTERNALS.search(answer.text) is None
    whole = await ask(client, STILL, headers=key("finance"))
    assert set(HIDDEN.findall(whole.text)) == {"grossMargin", "customers", "Customer"}


async def test_a_registered_one_is_kept_and_known_by_its_tag(client: httpx.AsyncClient) -> None:
    for document in (STILL, VALUES):
        first = await client.get(where(document), headers=key("plain"))
        again = await client.get(where(document), headers=key("plain"))
        assert first.status_code == 200
        assert first.text == again.text
        tag = first.headers["etag"]
        assert again.headers["etag"] == tag
        stands = await client.get(where(document), headers=key("plain") | {"if-none-match": tag})
        assert stands.status_code == 304
        other = await client.get(where(document), headers=key("finance") | {"if-none-match": tag})
        assert other.status_code == 200
        assert other.headers["etag"] != tag


async def test_values_are_the_tenants_own(client: httpx.AsyncClient) -> None:
    asked = [
        (await client.get(where(VALUES), headers=key(name))).json()["data"]["catalog"]
        for name in ("plain", "rival")
    ]
    assert asked[0] != asked[1]
    searched = await client.get(where(VALUES, '&variables={"search":"e"}'), headers=key("plain"))
    ((country,),) = [item["dimensions"] for item in searched.json()["data"]["catalog"]["datasets"]]
    assert all("E" in value for value in country["values"])


@pytest.mark.parametrize("document", [STILL, VALUES])
async def test_it_is_no_file(client: httpx.AsyncClient, document: str) -> None:
    response = await client.get(where(document, "&format=csv"), headers=key("plain"))
    refused(response, 400, "NOT_EXPORTABLE", "application/graphql-response+json")

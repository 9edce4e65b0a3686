"""Keys and tokens at the door: what is refused and how, and that nothing outlives a credential."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys import digest_of
from analytics_gql.access.keys_file import create_key, revoke_key, rotate_key
from analytics_gql.app import create_app
from analytics_gql.compose.access import admission_of
from analytics_gql.doors.hits import Hit, Hits
from analytics_gql.doors.replies import Reply
from analytics_gql.errors import SettingsError
from analytics_gql.model.caching import CachePolicy
from analytics_gql.observe.asked import NOTHING_USED
from analytics_gql.persisted.registry import identifier_of
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from tests.access.issuer import (
    ALL,
    AUDIENCE,
    ISSUER,
    KEYS,
    Endpoint,
    endpoint,
    jwk,
    jwks,
    pem,
    rsa_key,
    token,
)
from tests.conftest import ROOT
from tests.doors.in_process import captured_log, client_of, logging_as_it_was, refused, started
from tests.doors.live_server import live_server
from tests.doors.registered import ANSWER
from tests.persisted.folders import QUERY, fill
from tests.warehouses.patience import until

DAY = "/graphql/p/day?day=2026-06-30"
BY_IDENTIFIER = f'/graphql?documentId={identifier_of(QUERY)}&variables={{"day":"2026-06-30"}}'
NOW = datetime.now(UTC)
ACME = Caller("acme", (), 2)


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with endpoint() as served:
        yield served


def configured(demo_path: Path, folder: Path, **others: Any) -> Settings:
    (folder / "documents").mkdir(exist_ok=True)
    # Tests ask again and again until a key is known.
    others = {"failed_attempts_per_minute": 100_000} | others
    return Settings(
        schema_path=ROOT / "schema.graphql",
        warehouse=f"duckdb://{demo_path}",
        persisted_queries=fill(folder / "documents", {"day.graphql": QUERY}),
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
        **others,
    )


@asynccontextmanager
async def server(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    with logging_as_it_was():
        async with started(create_app(settings)) as client:
            yield client


def bearer(credential: str) -> dict[str, str]:
    return {"authorization": f"Bearer {credential}"}


async def day(client: httpx.AsyncClient, credential: str) -> httpx.Response:
    return await client.get(DAY, headers=bearer(credential))


async def has_status(client: httpx.AsyncClient, credential: str, status: int) -> bool:
    return (await day(client, credential)).status_code == status


# --- keys ----------------------------------------------------------------------------------------


async def test_keys_are_taken_up_and_revoked_without_a_restart(
    demo_path: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    first = create_key(keys, "first", ACME, NOW, None).key
    async with server(configured(demo_path, tmp_path, keys=keys)) as client:
        for _ in range(2):  # the second time it is remembered
            assert (await day(client, first)).json() == ANSWER
        second = create_key(keys, "second", ACME, NOW, None).key
        await until(lambda: has_status(client, second, 200))
        assert (await day(client, first)).json() == ANSWER
        revoke_key(keys, "first")
        started_at = time.monotonic()
        await until(lambda: has_status(client, first, 401))
        # A second of looking at the file, and what a busy machine adds.
        assert time.monotonic() - started_at < 5
        refused(await day(client, first), 401, "UNAUTHENTICATED")
        assert (await day(client, second)).json() == ANSWER
        with captured_log() as log:
            keys.write_text("{")

            async def is_said() -> bool:
                return "are not in order; those of before hold" in log.getvalue()

            await until(is_said)
        assert (await day(client, second)).json() == ANSWER


async def test_a_rotated_key_holds_until_its_grace_is_over(demo_path: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    old = create_key(keys, "BI", ACME, NOW, None).key
    async with server(configured(demo_path, tmp_path, keys=keys)) as client:
        rotated = rotate_key(keys, "BI", datetime.now(UTC), timedelta(seconds=3))
        ends = rotated.old.expires
        assert ends is not None
        await until(lambda: has_status(client, rotated.made.key, 200))
        while datetime.now(UTC) < ends - timedelta(seconds=0.1):
            answer = await day(client, old)
            assert answer.json() == ANSWER or datetime.now(UTC) >= ends
            await asyncio.sleep(0.02)
        await asyncio.sleep(max((ends - datetime.now(UTC)).total_seconds(), 0) + 0.01)
        refused(await day(client, old), 401, "CREDENTIAL_EXPIRED")
        assert (await day(client, rotated.made.key)).json() == ANSWER


async def test_a_key_that_goes_while_it_is_answered_is_not_remembered(
    demo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.json"
    key = create_key(keys, "BI", ACME, NOW, None).key
    run = Service.run
    taken_away = asyncio.Event()

    async def slow(self: Service, *arguments: Any) -> list[str]:
        await taken_away.wait()
        return await run(self, *arguments)

    async with server(configured(demo_path, tmp_path, keys=keys)) as client:
        monkeypatch.setattr(Service, "run", slow)
        asking = asyncio.create_task(day(client, key))
        await asyncio.sleep(0.1)
        revoke_key(keys, "BI")

        async def is_gone() -> bool:
            # POST is never answered from what is remembered.
            asked = {"query": "{ __typename }"}
            response = await client.post("/graphql", json=asked, headers=bearer(key))
            return response.status_code == 401

        await until(is_gone)
        taken_away.set()
        assert (await asking).json() == ANSWER
        refused(await day(client, key), 401, "UNAUTHENTICATED")


async def test_what_was_remembered_under_other_keys_is_forgotten() -> None:
    scope = {"method": "GET", "path": "/", "query_string": b"", "client": None, "headers": []}
    keys = object()
    present: list[object] = [(keys, None)]
    hits = Hits(lambda: present[0], time.monotonic)
    reply = Reply(
        b"",
        b"",
        "",
        "",
        None,
        frozenset(),
        CachePolicy(),
        True,
        NOTHING_USED,
        time.monotonic(),
        math.inf,
    )
    hit = Hit(reply, [], [], b"kept", "", math.inf)
    hits.remember(scope, hit, hits.generation())
    assert hits.find(scope) is not None
    present[0] = (keys, None)  # equal, though another tuple
    assert hits.find(scope) is not None
    before = hits.generation()
    present[0] = (object(), None)
    assert hits.find(scope) is None
    hits.remember(scope, hit, before)
    assert hits.find(scope) is None


# --- tokens --------------------------------------------------------------------------------------


async def test_tokens_and_keys_are_known_side_by_side(
    demo_path: Path, tmp_path: Path, served: Endpoint
) -> None:
    keys = tmp_path / "keys.json"
    key = create_key(keys, "BI", ACME, NOW, None).key
    settings = configured(demo_path, tmp_path, keys=keys, jwt_keys=served.url)
    async with server(settings) as client:
        for algorithm in KEYS:
            for _ in range(2):
                assert (await day(client, token(algorithm, tier=2))).json() == ANSWER
        assert (await day(client, key)).json() == ANSWER
        rival = await day(client, token(tenant="dune", tier=2))
        assert rival.json() != ANSWER
        assert served.asked == 1
        error = refused(await day(client, "agql_unknown"), 401, "UNAUTHENTICATED")
        assert error["message"] == "this key is not known"


@pytest.mark.parametrize("form", ["JWKS", "PEM"])
async def test_the_keys_of_tokens_may_be_a_file(demo_path: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "keys"
    path.write_bytes(ALL if form == "JWKS" else pem(KEYS["RS256"]))
    async with server(configured(demo_path, tmp_path, jwt_keys=str(path))) as client:
        old = token(tier=2)
        assert (await day(client, old)).json() == ANSWER
        assert (await day(client, old)).json() == ANSWER
        new = rsa_key()
        path.write_bytes(jwks(jwk(new, kid="new")) if form == "JWKS" else pem(new))
        await until(lambda: has_status(client, old, 401))
        fresh = token(key=new, header={"kid": "new"}, tier=2)
        assert (await day(client, fresh)).json() == ANSWER


async def test_a_provider_s_new_key_is_known_at_once(
    demo_path: Path, tmp_path: Path, served: Endpoint
) -> None:
    served.body = jwks(jwk(KEYS["ES256"], kid="es256"))
    settings = configured(demo_path, tmp_path, jwt_keys=served.url, jwt_min_refresh_s=1)
    async with server(settings) as client:
        assert (await day(client, token("ES256", tier=2))).json() == ANSWER
        served.body = ALL
        await asyncio.sleep(1.01)
        answers = await asyncio.gather(*(day(client, token("RS256", tier=2)) for _ in range(10)))
        assert all(answer.json() == ANSWER for answer in answers)
        assert served.asked == 2


async def test_unknown_keys_of_tokens_make_no_flood(
    demo_path: Path, tmp_path: Path, served: Endpoint
) -> None:
    async with server(configured(demo_path, tmp_path, jwt_keys=served.url)) as client:
        for number in range(50):
            forged = token(header={"kid": f"no {number}"})
            refused(await day(client, forged), 401, "UNAUTHENTICATED")
        assert served.asked == 1  # that of the start: ten seconds are not over


@pytest.mark.parametrize("url", [DAY, BY_IDENTIFIER])
async def test_what_is_remembered_ends_with_its_token(
    demo_path: Path, tmp_path: Path, served: Endpoint, url: str
) -> None:
    settings = configured(demo_path, tmp_path, jwt_keys=served.url, jwt_clock_skew_s=0)
    async with server(settings) as client:
        ends = int(time.time()) + 3
        short = token(exp=ends, tier=2)
        answers = 0
        while time.time() < ends - 0.05:
            answer = await client.get(url, headers=bearer(short))
            assert answer.json() == ANSWER or time.time() >= ends
            answers += 1
            await asyncio.sleep(0.02)
        assert answers > 1, "so that one was remembered"
        await asyncio.sleep(max(ends - time.time(), 0) + 0.01)
        answer = await client.get(url, headers=bearer(short))
        refused(answer, 401, "CREDENTIAL_EXPIRED")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_cache_in_front_keeps_nothing_longer_than_the_token(
    demo_path: Path, tmp_path: Path, served: Endpoint
) -> None:
    settings = configured(
        demo_path, tmp_path, jwt_keys=served.url, jwt_clock_skew_s=0, shared_cache="vary"
    )
    async with server(settings) as client:
        long = (await day(client, token(tier=2))).headers["cache-control"]
        short = (await day(client, token(tier=2, exp=time.time() + 20))).headers["cache-control"]
        ages = [int(text.split("s-maxage=")[1].split(",")[0]) for text in (long, short)]
        assert ages[0] > 20 > 15 < ages[1] <= 20


@pytest.mark.parametrize(
    "presented",
    [
        "a.b.c",
        "..",
        f"{token().rsplit('.', 1)[0]}.",
        token(key=rsa_key()),
        token(header={"kid": "nobody's"}),
        token(aud="billing"),
        token(iss="https://evil.example/"),
        token(tenant=7),
        "x.y." + "z" * 20_000,
    ],
)
async def test_a_token_that_is_not_good_is_401_with_a_challenge_and_a_hint(
    demo_path: Path, tmp_path: Path, served: Endpoint, presented: str
) -> None:
    async with server(configured(demo_path, tmp_path, jwt_keys=served.url)) as client:
        for response in (
            await day(client, presented),
            await client.post("/graphql", json={"query": QUERY}, headers=bearer(presented)),
            await client.get("/graphql?query={__typename}", headers={"x-api-key": presented}),
        ):
            error = refused(response, 401, "UNAUTHENTICATED")
            challenge = 'Bearer realm="analytics-gql", error="invalid_token"'
            assert response.headers["www-authenticate"] == challenge
            assert error["extensions"]["hint"]
            assert presented not in response.text
        without = await client.get(DAY)
        refused(without, 401, "UNAUTHENTICATED")
        assert without.headers["www-authenticate"] == 'Bearer realm="analytics-gql"'


async def test_while_no_keys_can_be_had_a_socket_is_to_come_again(
    demo_path: Path, tmp_path: Path, served: Endpoint
) -> None:
    served.status = 503
    settings = configured(demo_path, tmp_path, jwt_keys=served.url, jwt_min_refresh_s=1)
    async with live_server(settings) as live, live.socket() as socket:
        payload = {"authorization": f"Bearer {token(tier=2)}"}
        await socket.send({"type": "connection_init", "payload": payload})
        assert (await socket.closed())[0] == 1013


async def test_while_no_keys_can_be_had_tokens_are_not_called_wrong(
    demo_path: Path, tmp_path: Path, served: Endpoint
) -> None:
    served.status = 503
    settings = configured(
        demo_path, tmp_path, jwt_keys=served.url, jwt_min_refresh_s=1, failed_attempts_per_minute=1
    )
    async with server(settings) as client:
        for _ in range(3):
            response = await day(client, token(tier=2))
            refused(response, 503, "TOKEN_KEYS_UNAVAILABLE")
            assert response.headers["retry-after"] == "10"
        served.status = 200
        await until(lambda: has_status(client, token(tier=2), 200))


# --- limits, and the start -----------------------------------------------------------------------


async def test_an_address_that_fails_often_is_refused_for_a_while(
    demo_path: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    key, other = (create_key(keys, name, ACME, NOW, None).key for name in ("one", "two"))
    earlier = NOW - timedelta(days=2)
    old = create_key(keys, "old", ACME, earlier, earlier + timedelta(days=1)).key
    settings = configured(demo_path, tmp_path, keys=keys, failed_attempts_per_minute=3)
    with logging_as_it_was():
        app = create_app(settings)
        async with started(app) as client, client_of(app, ("192.0.2.9", 1)) as elsewhere:
            assert (await day(client, key)).json() == ANSWER
            for _ in range(10):
                refused(await day(client, old), 401, "CREDENTIAL_EXPIRED")
            for number in range(3):
                refused(await day(client, f"wrong {number}"), 401, "UNAUTHENTICATED")
            for credential in ("wrong", other):  # also a good one that was not seen before
                response = await day(client, credential)
                error = refused(response, 429, "TOO_MANY_FAILED_ATTEMPTS")
                assert 15 <= int(response.headers["retry-after"]) <= 20
                assert "wait " in error["extensions"]["hint"]
            # Who was known goes on, here and elsewhere; without a credential there is no attempt.
            posted = await client.post(
                "/graphql", json={"query": "{ __typename }"}, headers=bearer(key)
            )
            assert posted.json() == {"data": {"__typename": "Query"}}
            assert (await day(elsewhere, other)).json() == ANSWER
            refused(await client.get(DAY), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"jwt_issuer": None}, "tokens of any issuer, or for any audience, would be taken"),
        ({"jwt_audience": None}, "tokens of any issuer, or for any audience, would be taken"),
        ({"jwt_keys": "http://id.example/jwks"}, "by https only"),
        ({"jwt_keys": "nothing.json"}, "cannot be read"),
        ({"allow_anonymous": True}, "nobody is anonymous"),
    ],
)
def test_a_server_that_would_believe_too_much_does_not_start(
    others: dict[str, Any], message: str
) -> None:
    good = {"jwt_keys": "https://id.example/jwks", "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    admission_of(Settings(**good, host="0.0.0.0"))
    with pytest.raises(SettingsError, match=message):
        admission_of(Settings(**(good | others)))


async def test_keys_that_people_wrote_by_hand_hold(demo_path: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('{"' + digest_of("by.hand.") + '": {"tenant": "acme", "tier": 2}}')
    settings = configured(demo_path, tmp_path, keys=keys, jwt_keys="https://127.0.0.1:1/jwks")
    async with server(settings) as client:
        assert (await day(client, "by.hand.")).json() == ANSWER

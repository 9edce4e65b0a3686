"""The service: a catalog over a warehouse, and what keeps its results."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from analytics_gql.access.tiers import read_tiers
from analytics_gql.binding.bind import bind_catalog
from analytics_gql.cache.results import Results
from analytics_gql.cache.shared import SharedResults
from analytics_gql.demo.warehouse import ensure_demo
from analytics_gql.guards.breaker import Breaker
from analytics_gql.guards.bulkhead import Bulkhead
from analytics_gql.guards.isolation import Isolation, StatementTimeouts
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.relation import TableName
from analytics_gql.observe.statements import StatementWatch
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.stores.redis import RedisStore, open_redis
from analytics_gql.stores.store import Store
from analytics_gql.warehouses.open import LOOK_UPS, open_warehouse
from analytics_gql.warehouses.place import place_of
from analytics_gql.warehouses.warehouse import Warehouse


def warehouse_url(settings: Settings) -> str:
    """The warehouse to ask: as set, else the demo warehouse, which is created on first use."""
    if settings.warehouse is not None:
        return settings.warehouse
    return f"duckdb://{ensure_demo(settings.cache_folder)}"


def results_place(settings: Settings) -> str:
    """Under what the results of the configured warehouse stand where servers share them.

    Raises SettingsError. Nothing of the URL can be read in it.
    """
    place = place_of(warehouse_url(settings), platform.node())
    return hashlib.sha256(place.encode()).hexdigest()[:16]


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[RedisStore | None]:
    """What processes and hosts share, closed on leaving; None without Redis.

    Raises SettingsError.
    """
    if settings.redis is None:
        yield None
        return
    store = open_redis(settings.redis)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_results(settings: Settings, store: Store | None) -> AsyncIterator[Results]:
    """Where results are kept, closed on leaving."""
    shared: SharedResults | None = None
    if store is not None:
        place = results_place(settings)
        longest_turn_s = settings.queue_timeout_s + settings.statement_timeout_s
        shared = SharedResults(store, place, longest_turn_s=longest_turn_s)
    results = Results(settings.result_cache_bytes, shared)
    try:
        yield results
    finally:
        await results.close()


def isolation_of(settings: Settings, label: str) -> Isolation:
    """What keeps callers of the warehouse apart; `label` is its name in the log."""
    connections = settings.warehouse_connections

    def bulkhead(places: int, of_tenant: int | None = None) -> Bulkhead:
        return Bulkhead(
            places,
            places_of_tenant=of_tenant or settings.tenant_connections or max(places - 1, 1),
            max_waiting=settings.max_waiting,
            max_wait_s=settings.queue_timeout_s,
        )

    tiers = read_tiers(settings.tiers).by_number.items()
    timeouts = StatementTimeouts(
        tuple((number, tier.timeout_s) for number, tier in tiers if tier.timeout_s is not None)
    )
    # Streams leave half of the places to what is short.
    streams = bulkhead(max(connections // 2, 1))
    look_ups = bulkhead(LOOK_UPS, LOOK_UPS)
    return Isolation(bulkhead(connections), streams, look_ups, Breaker(label), timeouts)


@asynccontextmanager
async def open_service(
    settings: Settings,
    catalog: Catalog,
    store: Store | None = None,
    statements: StatementWatch | None = None,
) -> AsyncIterator[Service]:
    """The service of a catalog over the configured warehouse, closed on leaving.

    A `store` that is open already is used in the place of the configured one. Raises ModelError,
    SettingsError or EngineError.
    """
    async with AsyncExitStack() as stack:
        if store is None:
            store = await stack.enter_async_context(open_store(settings))
        results = await stack.enter_async_context(open_results(settings, store))
        warehouse = await open_warehouse(warehouse_url(settings), settings)
        try:
            bound = await bind_catalog(catalog, warehouse)
            warehouse.settle(0)
            yield Service(
                bound,
                warehouse,
                statement_cache_entries=settings.statement_cache_entries,
                results=results,
                model=_digest(catalog),
                statements=statements,
                isolation=isolation_of(settings, warehouse.label),
                tells_tenant=settings.rls_variable is not None,
                hidden=await _hidden_tables(settings, bound, warehouse),
            )
        finally:
            await results.close()  # what it reads in the background reads from the warehouse
            await warehouse.close()


async def _hidden_tables(
    settings: Settings, catalog: Catalog, warehouse: Warehouse
) -> frozenset[TableName]:
    """The tables whose rows nobody sees who has told no tenant."""
    if settings.rls_variable is None:
        return frozenset()
    tables = {relation.table for relation in catalog.relations()}
    return frozenset(
        [table for table in tables if (await warehouse.table_keys(table)).are_rows_hidden]
    )


def _digest(catalog: Catalog) -> str:
    """Another text for another model or another version of this package."""
    meaning = f"{version('analytics-gql')}\n{catalog!r}"
    return hashlib.sha256(meaning.encode("utf-8", "surrogatepass")).hexdigest()

"""Live queries: what answers them, what tells of changes, and the doors that they come by."""

from __future__ import annotations

from analytics_gql.compose.access import cross_origin_of
from analytics_gql.compose.engine import digest_of
from analytics_gql.doors.admission import Admission
from analytics_gql.doors.documents import DocumentDesk
from analytics_gql.doors.gate import Gate
from analytics_gql.doors.graphql_ws import GraphQLSocketDoor
from analytics_gql.doors.live_desk import LiveDesk
from analytics_gql.doors.shared_streams import SharedStreams
from analytics_gql.doors.single_connection import SingleConnectionDoor
from analytics_gql.errors import SettingsError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.live import ChangeSource, LiveQueries
from analytics_gql.guards.toll import Rates
from analytics_gql.observe.watch import RequestWatch
from analytics_gql.settings import Settings
from analytics_gql.stores.redis_messages import RedisMessages
from analytics_gql.warehouses.postgres_notices import PostgresNotices


def live_queries_of(engine: GraphQLEngine, settings: Settings) -> LiveQueries:
    """What answers subscriptions: with half of the warehouse's connections at the most."""
    return LiveQueries(
        engine,
        period_s=settings.live_period_s,
        unversioned_period_s=settings.live_unversioned_period_s,
        at_once=max(settings.warehouse_connections // 2, 1),
    )


def change_sources_of(settings: Settings) -> list[ChangeSource]:
    """Where it is said that data has changed. Raises SettingsError."""
    sources: list[ChangeSource] = []
    if settings.live_notify_channel is not None:
        url = settings.warehouse or ""
        if not url.startswith(("postgresql://", "postgres://")):
            raise SettingsError(
                "live_notify_channel is set, and the warehouse is no PostgreSQL",
                hint="leave ANALYTICS_GQL_LIVE_NOTIFY_CHANNEL out; other warehouses are looked at "
                "each second, and a message in Redis has them looked at at once",
            )
        timeout_s = settings.connect_timeout_s
        sources.append(PostgresNotices(url, settings.live_notify_channel, timeout_s=timeout_s))
    if settings.live_redis_channel is not None:
        if settings.redis is None:
            raise SettingsError(
                "live_redis_channel is set, and there is no Redis",
                hint="set ANALYTICS_GQL_REDIS, or leave ANALYTICS_GQL_LIVE_REDIS_CHANNEL out",
            )
        sources.append(RedisMessages(settings.redis, settings.live_redis_channel))
    return sources


def desk_of(engine: GraphQLEngine, live: LiveQueries, settings: Settings) -> LiveDesk:
    """What the doors of live queries share."""
    return LiveDesk(
        engine,
        live,
        max_connections=settings.live_connections,
        max_subscriptions=settings.live_subscriptions,
    )


def socket_door_of(
    desk: LiveDesk,
    admission: Admission,
    documents: DocumentDesk,
    rates: Rates,
    settings: Settings,
    watch: RequestWatch | None,
) -> GraphQLSocketDoor:
    """GraphQL over WebSocket; the `watch` is told of each operation."""
    return GraphQLSocketDoor(
        desk,
        admission,
        documents,
        rates,
        cross_origin_of(settings),
        init_timeout_s=settings.live_init_timeout_s,
        max_message_bytes=settings.max_body_bytes,
        watch=watch,
        digest_variables=digest_of(settings),
    )


def streams_door_of(
    desk: LiveDesk,
    admission: Admission,
    documents: DocumentDesk,
    gate: Gate,
    rates: Rates,
    settings: Settings,
    watch: RequestWatch | None,
) -> SingleConnectionDoor:
    """Several operations over one event stream; the `watch` is told of each operation."""
    return SingleConnectionDoor(
        desk,
        SharedStreams(desk),
        gate,
        admission,
        documents,
        rates,
        processes=settings.workers,
        stall_timeout_s=settings.export_stall_timeout_s,
        watch=watch,
        digest_variables=digest_of(settings),
    )

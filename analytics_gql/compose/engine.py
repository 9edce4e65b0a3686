"""GraphQL over a service, and over HTTP."""

from __future__ import annotations

from analytics_gql.access.secret import kept_secret
from analytics_gql.access.signed_urls import UrlSigner
from analytics_gql.access.tiers import read_tiers
from analytics_gql.cache.kept_results import KeptResults
from analytics_gql.compose.documents import documents_of
from analytics_gql.compose.model import Model, views_of
from analytics_gql.compose.observe import tell_of_caches
from analytics_gql.compose.rates import rates_of
from analytics_gql.doors.admission import Admission
from analytics_gql.doors.graphql_http import GraphQLDoor
from analytics_gql.doors.hits import Hits
from analytics_gql.doors.live_desk import LiveDesk
from analytics_gql.doors.replies import Replies
from analytics_gql.doors.signing import UrlDesk
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.guards.budget import Budgets
from analytics_gql.guards.toll import Rates
from analytics_gql.observe.audit import Digest, no_digest, variables_digest
from analytics_gql.observe.metrics import Metrics
from analytics_gql.observe.request_counts import FieldUses
from analytics_gql.persisted.live import LiveRegistry
from analytics_gql.query.cursor import CursorSigner
from analytics_gql.service.pages import Pages
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.stores.store import Store


def secret_of(settings: Settings) -> bytes:
    """What cursors and URLs are signed with: as set, else what the first start made and kept.

    Raises SettingsError.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return kept_secret(settings.cache_folder)


def budgets_of(settings: Settings) -> Budgets:
    """What one operation may cost."""
    tiers = read_tiers(settings.tiers).by_number
    return Budgets(tuple((number, tier.budget) for number, tier in tiers.items()))


def engine_of(
    model: Model, service: Service, settings: Settings, uses: FieldUses | None = None
) -> GraphQLEngine:
    """GraphQL over a service."""
    # The executable schema's resolvers were built from the unbound catalog, of which they use
    # names alone; physical kinds live in the service's.
    kept = KeptResults(settings.kept_pages_bytes)
    pages = Pages(service, CursorSigner(secret_of(settings)), service.versions, kept)
    return GraphQLEngine(views_of(model, settings), service, pages, budgets_of(settings), uses)


def door_of(
    engine: GraphQLEngine,
    admission: Admission,
    registry: LiveRegistry,
    hits: Hits,
    settings: Settings,
    desk: LiveDesk,
    store: Store | None = None,
    metrics: Metrics | None = None,
    rates: Rates | None = None,
) -> GraphQLDoor:
    """GraphQL over HTTP. Without `rates` they are counted for this door alone."""
    documents = documents_of(engine, settings, registry, store)
    replies = Replies(engine, settings.kept_replies_bytes, has_keys=settings.asks_for_credentials)
    if metrics is not None:
        tell_of_caches(metrics, engine, replies, hits)
    return GraphQLDoor(
        engine,
        admission,
        documents,
        replies,
        hits,
        UrlDesk(
            documents,
            UrlSigner(secret_of(settings), read_tiers(settings.tiers)),
            settings.signed_url_max_s,
        ),
        rates or rates_of(settings),
        desk,
        max_body_bytes=settings.max_body_bytes,
        max_batch=settings.max_batch,
        caches_honour_vary=settings.shared_cache == "vary",
        export_stall_timeout_s=settings.export_stall_timeout_s,
        says_timings=settings.server_timing,
        digest_variables=digest_of(settings),
    )


def digest_of(settings: Settings) -> Digest:
    """What the audit tells of variables."""
    is_audited = settings.audit_log is not None
    return variables_digest(secret_of(settings)) if is_audited else no_digest

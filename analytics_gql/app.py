"""The composition root: builds every object once, joins the doors, owns start and stop."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files as package_files
from pathlib import Path

from graphql import GraphQLSchema
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from analytics_gql.access.caller import EVERY_ROLE, Caller
from analytics_gql.access.credentials import Credentials
from analytics_gql.access.failed_attempts import FailedAttempts
from analytics_gql.access.followed_file import FollowedFile
from analytics_gql.access.keys import read_keys
from analytics_gql.access.remote_key_set import RemoteKeySet, is_url
from analytics_gql.access.secret import kept_secret
from analytics_gql.access.signed_urls import UrlSigner
from analytics_gql.access.token_keys import KeySource, read_token_keys
from analytics_gql.access.tokens import TokenReader, TokenRules
from analytics_gql.binding.bind import bind_catalog
from analytics_gql.cache.kept_results import KeptResults
from analytics_gql.cache.results import Results
from analytics_gql.cache.shared import SharedResults
from analytics_gql.demo.warehouse import ensure_demo
from analytics_gql.doors.admission import Admission, is_loopback
from analytics_gql.doors.cors import CrossOrigin
from analytics_gql.doors.documents import DocumentDesk
from analytics_gql.doors.graphql_http import GraphQLDoor
from analytics_gql.doors.header_limit import HeaderLimit
from analytics_gql.doors.health import Readiness, healthz
from analytics_gql.doors.hits import Hits, HitsFirst
from analytics_gql.doors.page import explorer_page
from analytics_gql.doors.refusal import refuse
from analytics_gql.doors.replies import Replies
from analytics_gql.errors import SettingsError
from analytics_gql.gql.budget import DocumentLimits
from analytics_gql.gql.document import DocumentStore
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.schema import executable_schema
from analytics_gql.gql.views import View, Views
from analytics_gql.guards.budget import Budgets
from analytics_gql.model.catalog import Catalog
from analytics_gql.observe.request_id import configure_logging
from analytics_gql.persisted.automatic import (
    AutomaticDocuments,
    AutomaticDocumentsInMemory,
    AutomaticDocumentsInStore,
)
from analytics_gql.persisted.live import LiveRegistry
from analytics_gql.persisted.loading import load_documents
from analytics_gql.persisted.planning import plan_documents
from analytics_gql.persisted.registry import Registry
from analytics_gql.query.cursor import CursorSigner
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.derived_names import derived_coordinates
from analytics_gql.sdl.files import SchemaFile, load_schema
from analytics_gql.sdl.hidden import catalog_without, hidden_from
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.read import query_type_name
from analytics_gql.service.pages import Pages
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.stores.redis import open_redis
from analytics_gql.stores.store import Store
from analytics_gql.warehouses.open import open_warehouse
from analytics_gql.warehouses.place import place_of


def schema_path(settings: Settings) -> Path:
    """The model to serve: as set, else ./schema.graphql, else the packaged demo model."""
    if settings.schema_path is not None:
        return settings.schema_path
    here = Path("schema.graphql")
    return here if here.is_file() else packaged_schema()


def packaged_schema() -> Path:
    """The demo model that comes with the package."""
    installed = Path(str(package_files("analytics_gql"))) / "packaged" / "schema.graphql"
    if installed.is_file():
        return installed
    # An editable install has no copies: the files lie at the top of the source tree.
    return Path(__file__).parent.parent / "schema.graphql"


def documents_folder(settings: Settings) -> Path | None:
    """The registered documents: where set, else `persisted_queries` beside the model, if any.

    The packaged ones lie beside the packaged model: they fit no other. Raises SettingsError.
    """
    if settings.persisted_queries is not None:
        if not settings.persisted_queries.is_dir():
            raise SettingsError(
                f"there is no folder {settings.persisted_queries}",
                hint="name the folder of registered documents with --persisted-queries",
            )
        return settings.persisted_queries
    beside = schema_path(settings).parent / "persisted_queries"
    return beside if beside.is_dir() else None


def load_registry(settings: Settings, model: Model) -> Registry:
    """The registered documents, validated. Raises PersistedDocumentsError or SettingsError."""
    folder = documents_folder(settings)
    return Registry() if folder is None else _registry_of(folder, settings, model)


def _registry_of(folder: Path, settings: Settings, model: Model) -> Registry:
    return load_documents(
        folder,
        model.schema,
        model.catalog,
        max_tokens=settings.max_document_tokens,
        limits=document_limits(settings),
    )


def document_limits(settings: Settings) -> DocumentLimits:
    """What documents and lists of variables may have."""
    return DocumentLimits(
        operations=settings.max_operations,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        root_fields=settings.max_root_fields,
        list_items=settings.max_list_items,
    )


def budgets_of(settings: Settings) -> Budgets:
    """What one operation may cost."""
    return Budgets(
        ((1, settings.budget_tier_1), (2, settings.budget_tier_2), (3, settings.budget_tier_3))
    )


def warehouse_url(settings: Settings) -> str:
    """The warehouse to ask: as set, else the demo warehouse, which is created on first use."""
    if settings.warehouse is not None:
        return settings.warehouse
    return f"duckdb://{ensure_demo(settings.cache_folder)}"


def local_caller(settings: Settings) -> Caller:
    """Who is asking where there are no keys: this machine's user, as the configured tenant.

    They have every role: whoever starts the server can read its model.
    """
    return Caller(settings.local_tenant, (EVERY_ROLE,), tier=3)


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is in order: what may be asked, and what clients see of it."""

    files: tuple[SchemaFile, ...]
    catalog: Catalog
    schema: GraphQLSchema

    def catalog_without(self, hidden: frozenset[str]) -> Catalog:
        """What may be asked by those from whom some coordinates are hidden."""
        return catalog_without(self.catalog, query_type_name(self.files), hidden)

    def schema_without(self, hidden: frozenset[str]) -> GraphQLSchema:
        """The executable schema that they see."""
        catalog = self.catalog_without(hidden)
        return executable_schema(
            public_sdl(self.files, hidden), query_type_name(self.files), catalog
        )


def load_model(settings: Settings) -> Model:
    """Read and check the files. Raises ModelError with every fault, or SettingsError."""
    files = load_schema(schema_path(settings))
    catalog = check_model(files)
    schema = executable_schema(public_sdl(files), query_type_name(files), catalog)
    return Model(files, catalog, schema)


def views_of(model: Model, settings: Settings) -> Views:
    """What callers see of a model, by their roles."""
    documents = DocumentStore(
        model.schema,
        max_tokens=settings.max_document_tokens,
        entries=settings.document_cache_entries,
        derived=derived_coordinates(model.catalog),
        limits=document_limits(settings),
        introspection=settings.introspection,
    )

    def narrow(hidden: frozenset[str]) -> View:
        schema = model.schema_without(hidden)
        return View(schema, documents.over(schema), model.catalog_without(hidden))

    return Views(View(model.schema, documents, model.catalog), narrow)


def catalog_for_all(model: Model) -> Catalog:
    """What everybody may know, also those who have not said yet who they are."""
    return model.catalog_without(hidden_from(model.catalog, ()))


def results_place(settings: Settings) -> str:
    """Under what the results of the configured warehouse stand where servers share them.

    Raises SettingsError. Nothing of the URL can be read in it.
    """
    place = place_of(warehouse_url(settings), platform.node())
    return hashlib.sha256(place.encode()).hexdigest()[:16]


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store | None]:
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
        place, longest_turn_s = results_place(settings), settings.statement_timeout_s
        shared = SharedResults(store, place, longest_turn_s=longest_turn_s)
    results = Results(settings.result_cache_bytes, shared)
    try:
        yield results
    finally:
        await results.close()


@asynccontextmanager
async def open_service(
    settings: Settings, catalog: Catalog, store: Store | None = None
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
            )
        finally:
            await results.close()  # what it reads in the background reads from the warehouse
            await warehouse.close()


def _digest(catalog: Catalog) -> str:
    """Another text for another model or another version of this package."""
    meaning = f"{version('analytics-gql')}\n{catalog!r}"
    return hashlib.sha256(meaning.encode("utf-8", "surrogatepass")).hexdigest()


def secret_of(settings: Settings) -> bytes:
    """What cursors and URLs are signed with: as set, else what the first start made and kept.

    Raises SettingsError.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return kept_secret(settings.cache_folder)


def engine_of(model: Model, service: Service, settings: Settings) -> GraphQLEngine:
    """GraphQL over a service."""
    # The executable schema's resolvers were built from the unbound catalog, of which they use
    # names alone; physical kinds live in the service's.
    kept = KeptResults(settings.kept_pages_bytes)
    pages = Pages(service, CursorSigner(secret_of(settings)), service.versions, kept)
    return GraphQLEngine(views_of(model, settings), service, pages, budgets_of(settings))


def documents_of(
    engine: GraphQLEngine, settings: Settings, registry: LiveRegistry, store: Store | None
) -> DocumentDesk:
    """What finds the documents that requests name."""
    automatic: AutomaticDocuments = AutomaticDocumentsInMemory()
    if store is not None:
        automatic = AutomaticDocumentsInStore(store, automatic)
    return DocumentDesk(
        engine.views,
        registry,
        automatic,
        mode=settings.persisted_mode,
        all_may_register=settings.automatic_persisted_queries,
    )


def live_registry(model: Model, engine: GraphQLEngine, settings: Settings) -> LiveRegistry:
    """The registered documents, which follow their folder. Raises SettingsError."""
    return LiveRegistry(
        documents_folder(settings),
        lambda folder: _registry_of(folder, settings, model),
        lambda registry: plan_documents(registry, engine, local_caller(settings)),
    )


def admission_of(settings: Settings) -> Admission:
    """The first gate. Raises SettingsError where the server would be open to the network."""
    credentials = credentials_of(settings)
    if credentials is not None and settings.allow_anonymous:
        raise SettingsError(
            "with keys or tokens, nobody is anonymous",
            hint="leave out --allow-anonymous, or the keys",
        )
    if credentials is None and not settings.allow_anonymous and not is_loopback(settings.host):
        raise SettingsError(
            f"without keys the server would answer anybody who reaches {settings.host}",
            hint="name a keys file with --keys, or listen at 127.0.0.1; --allow-anonymous lets "
            f"everybody read what the tenant {settings.local_tenant} may",
        )
    return Admission(
        credentials,
        local_caller(settings),
        FailedAttempts(settings.failed_attempts_per_minute),
        admits_anybody=settings.allow_anonymous,
    )


def credentials_of(settings: Settings) -> Credentials | None:
    """What callers are known by; None if nothing is configured. Raises SettingsError."""
    if not settings.asks_for_credentials:
        return None
    path = settings.keys
    keys = None if path is None else FollowedFile(path, read_keys, f"the keys of {path}")
    return Credentials(keys, _token_reader(settings))


def _token_reader(settings: Settings) -> TokenReader | None:
    if settings.jwt_keys is None:
        return None
    if settings.jwt_issuer is None or settings.jwt_audience is None:
        raise SettingsError(
            "tokens of any issuer, or for any audience, would be taken",
            hint="set ANALYTICS_GQL_JWT_ISSUER and ANALYTICS_GQL_JWT_AUDIENCE",
        )
    source: KeySource
    if is_url(settings.jwt_keys):
        source = RemoteKeySet(
            settings.jwt_keys,
            refresh_s=settings.jwt_refresh_s,
            min_refresh_s=settings.jwt_min_refresh_s,
        )
    else:
        source = FollowedFile(
            Path(settings.jwt_keys), read_token_keys, f"the token keys of {settings.jwt_keys}"
        )
    rules = TokenRules(
        settings.jwt_issuer,
        settings.jwt_audience,
        settings.jwt_clock_skew_s,
        settings.jwt_tenant_claim,
        settings.jwt_roles_claim,
        settings.jwt_tier_claim,
    )
    return TokenReader(source, rules)


def cross_origin_of(settings: Settings) -> CrossOrigin | None:
    """Which pages may read answers; None if none may. Raises SettingsError.

    Without keys, whoever asks from this machine is answered, and so is every page that is open in
    a browser on it: all pages may read only what anybody may.
    """
    if not settings.allowed_origins:
        return None
    cross_origin = CrossOrigin(settings.allowed_origins)
    is_open = settings.asks_for_credentials or settings.allow_anonymous
    if cross_origin.is_for_all and not is_open:
        raise SettingsError(
            "without keys, any page in a browser on this machine could read what the tenant "
            f"{settings.local_tenant} may",
            hint="name origins in ANALYTICS_GQL_CORS_ORIGINS, or callers with --keys; "
            "--allow-anonymous lets everybody read it",
        )
    return cross_origin


def door_of(
    engine: GraphQLEngine,
    admission: Admission,
    registry: LiveRegistry,
    hits: Hits,
    settings: Settings,
    store: Store | None = None,
) -> GraphQLDoor:
    """GraphQL over HTTP."""
    return GraphQLDoor(
        engine,
        admission,
        documents_of(engine, settings, registry, store),
        Replies(engine, settings.kept_replies_bytes, has_keys=settings.asks_for_credentials),
        hits,
        UrlSigner(secret_of(settings)),
        max_body_bytes=settings.max_body_bytes,
        max_batch=settings.max_batch,
        caches_honour_vary=settings.shared_cache == "vary",
        export_stall_timeout_s=settings.export_stall_timeout_s,
        says_timings=settings.server_timing,
    )


def create_app(settings: Settings | None = None) -> Starlette:
    """The ASGI application. Without settings they are read from the environment.

    The warehouse is opened and the model checked against it when the server starts.
    """
    settings = settings or Settings()
    configure_logging(settings.log_level)
    admission = admission_of(settings)
    cross_origin = cross_origin_of(settings)
    model = load_model(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            open_store(settings) as store,
            open_service(settings, model.catalog, store) as service,
        ):
            engine = engine_of(model, service, settings)
            registry = live_registry(model, engine, settings)
            hits = Hits(
                lambda: (registry.current, admission.generation),
                time.monotonic,
                cross_origin=cross_origin,
            )
            assert isinstance(app, HitsFirst)
            app.hits = hits
            app.state.graphql = door_of(engine, admission, registry, hits, settings, store)
            app.state.readiness = Readiness(service)
            async with registry.following(), admission.following():
                yield

    async def graphql(request: Request) -> Response:
        door: GraphQLDoor = request.app.state.graphql
        return await door.respond(request)

    async def graphql_by_name(request: Request) -> Response:
        door: GraphQLDoor = request.app.state.graphql
        return await door.respond_to_name(request)

    async def readyz(request: Request) -> Response:
        readiness: Readiness = request.app.state.readiness
        return await readiness.readyz(request)

    return HitsFirst(
        routes=[
            Route("/graphql", graphql, methods=["GET", "POST"]),
            Route("/graphql/p/{name}", graphql_by_name, methods=["GET"]),
            Route("/", explorer_page(catalog_for_all(model)), methods=["GET"]),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
        ],
        # Behind what is remembered, which reads no header that it does not know. A page may read
        # as well why its request was refused: cross-origin headers come first.
        middleware=[
            *([] if cross_origin is None else [cross_origin.middleware]),
            Middleware(HeaderLimit, max_bytes=settings.max_header_bytes),
        ],
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )

"""The one typed configuration. Built in `__main__` or a test, and handed down."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is also an environment variable `ANALYTICS_GQL_<FIELD>`."""

    model_config = SettingsConfigDict(
        env_prefix="ANALYTICS_GQL_",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
    )

    schema_path: Path | None = Field(
        default=None,
        validation_alias="ANALYTICS_GQL_SCHEMA",
        description="The model: a .graphql file or a folder of them. Default: ./schema.graphql, "
        "else the packaged demo model.",
    )
    warehouse: str | None = Field(
        default=None,
        description="duckdb:///path/file.duckdb, duckdb:///folder-of-parquet or postgresql://…. "
        "Default: the demo warehouse.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen at.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen at.")
    workers: int = Field(default=1, ge=1, le=64, description="Server processes.")
    persisted_queries: Path | None = Field(
        default=None,
        description="The folder of registered documents: authored *.graphql, and manifests. "
        "Default: persisted_queries beside the model.",
    )
    dashboards: Path | None = Field(
        default=None,
        description="The folder of dashboards, *.json. Default: dashboards beside the registered "
        "documents.",
    )
    persisted_mode: Literal["open", "safelist-log", "safelist"] = Field(
        default="open",
        description="Whether callers may ask documents that are not registered: open; "
        "safelist-log, which logs them; safelist, which refuses them. A key may have its own.",
    )
    automatic_persisted_queries: bool = Field(
        default=False,
        description="Whether clients may register documents by themselves, by hash and query. "
        "A key may be allowed to.",
    )
    keys: Path | None = Field(
        default=None, description="A JSON file that maps SHA-256 digests of API keys to callers."
    )
    jwt_keys: str | None = Field(
        default=None,
        description="The public keys that JSON Web Tokens are checked with: the https URL of a "
        "JWKS, or a file, JWKS or PEM. Default: no tokens are taken.",
    )
    jwt_issuer: str | None = Field(
        default=None, min_length=1, description="The `iss` of tokens. Needed with their keys."
    )
    jwt_audience: str | None = Field(
        default=None,
        min_length=1,
        description="What the `aud` of tokens has to name. Needed with their keys.",
    )
    jwt_tenant_claim: str = Field(
        default="tenant",
        min_length=1,
        description="The claim that names the tenant, or the path to it, with dots between.",
    )
    jwt_roles_claim: str = Field(
        default="roles",
        min_length=1,
        description="The claim with the roles: a list, or a text with blanks between.",
    )
    jwt_tier_claim: str = Field(
        default="tier",
        min_length=1,
        description="The claim with the tier, a number; where a token has none it is 1.",
    )
    jwt_clock_skew_s: float = Field(
        default=30.0,
        ge=0,
        le=600,
        description="Seconds that the clocks of the issuer and of this server may differ by.",
    )
    jwt_refresh_s: float = Field(
        default=300.0, ge=1, description="Seconds after which a JWKS is fetched again."
    )
    jwt_min_refresh_s: float = Field(
        default=10.0,
        ge=1,
        description="Seconds between two fetches of a JWKS at least, whatever keys tokens name.",
    )
    failed_attempts_per_minute: int = Field(
        # Several dashboards with an old key are no attack; guessing a key takes 2^255 attempts.
        default=30,
        ge=1,
        description="Keys and tokens that are not valid that one address may send in a minute; "
        "as many at once.",
    )
    allow_anonymous: bool = Field(
        default=False,
        description="Without keys: whether anybody who reaches the server is answered, as the "
        "local tenant, and not callers on this machine alone.",
    )
    local_tenant: str = Field(
        default="acme",
        min_length=1,
        description="The tenant of callers on this machine where there are no keys. "
        "Default: the demo's first organisation.",
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="What cursors are signed with; the same for every server behind one address. "
        "Default: made at the first start and kept as `secret` in the cache folder.",
    )
    signed_url_max_s: int = Field(
        # As long as presigned URLs of object stores.
        default=604_800,
        ge=1,
        description="Seconds until a URL expires at the latest that a caller has signed with "
        "`signedUrl`.",
    )
    cache_dir: Path | None = Field(
        default=None,
        description="Where the demo warehouse is kept, and the secret that cursors are signed "
        "with. Default: analytics-gql in $XDG_CACHE_HOME, else in ~/.cache.",
    )
    warehouse_connections: int = Field(
        default=4, ge=1, le=256, description="Statements in flight, for each process."
    )
    tenant_connections: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Statements in flight of one tenant, for each process. Default: all but one, "
        "which others find free.",
    )
    max_waiting: int = Field(
        default=500,
        ge=1,
        description="Statements of one tenant that may wait for those in flight, for each process.",
    )
    queue_timeout_s: float = Field(
        # Who looks at a page does not wait for longer.
        default=10.0,
        gt=0,
        description="Seconds that a statement may wait for others before it is given up.",
    )
    rls_variable: str | None = Field(
        default=None,
        # Names without a dot are PostgreSQL's own settings.
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$",
        description="PostgreSQL: the variable, such as app.tenant, that is set to the caller's "
        "tenant for each statement, for policies of row-level security to read.",
    )
    connect_timeout_s: float = Field(
        default=10.0, gt=0, description="Seconds to wait for a connection to the warehouse."
    )
    statement_timeout_s: float = Field(
        default=30.0, gt=0, description="Seconds that a statement may run before it is cancelled."
    )
    export_stall_timeout_s: float = Field(
        # A paused download holds a connection and a snapshot of the warehouse.
        default=60.0,
        gt=0,
        description="Seconds that the reader of an export may take nothing before it is given up.",
    )
    drain_delay_s: float = Field(
        default=0.0,
        ge=0,
        le=300,
        description="Seconds for which requests are still taken after SIGTERM, while /readyz says "
        "503: longer than a load balancer needs to notice.",
    )
    max_body_bytes: int = Field(
        # Well above the largest persisted documents in the field, far below what hurts.
        default=1_000_000,
        ge=1_000,
        description="Bytes that a request's body may have.",
    )
    max_batch: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Operations that one POST may have as an array; with 0 arrays are refused.",
    )
    max_document_tokens: int = Field(
        # graphql-core validates 2,000 overlapping fields in 1.4 s; 5,000 tokens are about 1,600.
        default=5_000,
        ge=100,
        description="Tokens that a GraphQL document may have.",
    )
    max_header_bytes: int = Field(
        # What uvicorn allows where h11 reads for it.
        default=65_536,
        ge=1_024,
        description="Bytes that a request's line and headers may have.",
    )
    max_operations: int = Field(
        default=10, ge=1, description="Operations that a GraphQL document may have."
    )
    max_aliases: int = Field(
        # graphql-core compares the fields of one name in pairs: 500 take 0.1 s.
        default=500,
        ge=0,
        description="Aliases that a GraphQL document may have.",
    )
    max_directives: int = Field(
        default=200, ge=0, description="Directives that a GraphQL document may have."
    )
    max_root_fields: int = Field(
        default=50, ge=1, description="Root fields that an operation may have."
    )
    max_list_items: int = Field(
        default=10_000, ge=1, description="Items that a list among the variables may have."
    )
    introspection: bool = Field(
        default=True,
        description="Whether clients may ask for the schema. Where they may not, errors suggest "
        "no names.",
    )
    introspection_roles: str | None = Field(
        default=None,
        description="Where clients may ask for the schema: the roles that may, several with "
        "commas between. Default: all callers.",
    )
    tiers: str | None = Field(
        # A text: worker processes are told by the environment.
        default=None,
        description="What tiers may ask where it is not what ours say, and tiers of your own, as "
        "JSON by number: per_minute, burst, per_day, rows, budget, timeout_s. Default: see Rates "
        "and quotas.",
    )
    document_cache_entries: int = Field(
        default=1_000, ge=1, description="Parsed and validated documents that are kept."
    )
    statement_cache_entries: int = Field(
        default=1_000, ge=1, description="Planned statements that are kept."
    )
    kept_pages_bytes: int = Field(
        default=64_000_000,
        ge=0,
        description="Bytes of sorted results of connections that are kept for their next pages, "
        "for each process.",
    )
    kept_replies_bytes: int = Field(
        default=64_000_000,
        ge=0,
        description="Bytes of answers of registered documents that are kept to be sent again, "
        "for each process.",
    )
    shared_cache: Literal["none", "vary"] = Field(
        default="none",
        description="`vary`: the cache in front honours `Vary`, so answers that depend on the "
        "caller may be kept there as well; `none`: only clients keep them.",
    )
    result_cache_bytes: int = Field(
        default=64_000_000,
        ge=0,
        description="Bytes of results that are kept to be used again, for each process; 0 keeps "
        "none there.",
    )
    redis: str | None = Field(
        default=None,
        description="redis://…, rediss://… or unix://…: where processes and hosts share results "
        "and count rates. Default: each process by itself.",
    )
    live_period_s: float = Field(
        # As long as a data version is believed.
        default=1.0,
        ge=0.05,
        description="Seconds between two looks at whether the data of live queries has changed.",
    )
    live_unversioned_period_s: float = Field(
        default=10.0,
        ge=0.05,
        description="Seconds between two answers of a live query over tables without `version`.",
    )
    live_notify_channel: str | None = Field(
        default=None,
        min_length=1,
        max_length=63,
        description="The channel of PostgreSQL's NOTIFY that says that data has changed: live "
        "queries look at once. Default: none.",
    )
    live_redis_channel: str | None = Field(
        default=None,
        min_length=1,
        description="The same as a channel of Redis (PUBLISH). Default: none.",
    )
    live_connections: int = Field(
        default=100,
        ge=1,
        description="Sockets and event streams that one client may have open, in each process.",
    )
    live_subscriptions: int = Field(
        default=500,
        ge=1,
        description="Operations that one client may have under way over them, in each process.",
    )
    live_init_timeout_s: float = Field(
        default=15.0, gt=0, description="Seconds that a socket waits for `connection_init`."
    )
    cors_origins: str | None = Field(
        default=None,
        description="Origins whose pages may read answers in browsers: https://app.example.com, "
        "several with commas between, or `*` for all. Default: none.",
    )
    server_timing: bool = Field(
        default=True,
        description="Whether answers say where their time went, as `Server-Timing`.",
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="What is logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="How a line of the log is written: text, or a JSON object."
    )
    access_log: bool | None = Field(
        default=None,
        description="Whether every request is a line of the log. Default: where it is JSON.",
    )
    slow_statement_ms: float | None = Field(
        # Two hundred times what a statement of the demo takes: somebody waits and notices.
        default=1_000.0,
        ge=0,
        description="Milliseconds from which on a statement is logged, with its SQL; 0 is all.",
    )
    audit_log: str | None = Field(
        default=None,
        min_length=1,
        description="Where it is written who asked for what: the path of a file, stdout or "
        "stderr. Default: nowhere.",
    )
    metrics: bool = Field(
        default=True, description="Whether requests are counted, and told at /metrics."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="The bearer token that /metrics asks for. Default: it answers only callers on "
        "this machine, and only where there are no keys.",
    )
    metrics_folder: Path | None = Field(
        default=None,
        description="An empty folder where the workers of one server tell each other their "
        "counts. Default: `serve` makes one where there are several.",
    )
    traces: bool = Field(
        default=False,
        description="Whether requests are traced by OpenTelemetry, whose OTEL_… variables say "
        "where to. Needs the extra `otel`.",
    )

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str | None) -> str | None:
        # Browsers send an origin without a path and in lower case: others would never match.
        for origin in _items(value):
            if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@\sA-Z*,]+", origin):
                raise ValueError(
                    f"'{origin}' is no origin; write https://app.example.com, without a path and "
                    "in lower case, or * alone"
                )
        if "*" in _items(value) and len(_items(value)) > 1:
            raise ValueError("* is all origins: name no others beside it")
        return value

    @field_validator("introspection_roles")
    @classmethod
    def _names_roles(cls, value: str | None) -> str | None:
        if value is not None and not _items(value):  # nobody is not everybody
            raise ValueError("it names no role; ANALYTICS_GQL_INTROSPECTION=false is for nobody")
        return value

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may read answers."""
        return _items(self.cors_origins)

    @property
    def roles_that_introspect(self) -> frozenset[str] | None:
        """The roles that may ask for the schema; None if all callers may."""
        return frozenset(_items(self.introspection_roles)) or None

    @property
    def logs_requests(self) -> bool:
        """Whether every request is a line of the log."""
        is_wanted = self.log_format == "json" if self.access_log is None else self.access_log
        return is_wanted and self.log_level in ("debug", "info")

    @property
    def asks_for_credentials(self) -> bool:
        """Whether callers are known by keys or tokens."""
        return self.keys is not None or self.jwt_keys is not None

    @property
    def cache_folder(self) -> Path:
        """Where generated files are kept (XDG Base Directory Specification)."""
        if self.cache_dir is not None:
            return self.cache_dir
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return Path(home).expanduser() / "analytics-gql"


def _items(text: str | None) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(item for part in (text or "").split(",") if (item := part.strip()))

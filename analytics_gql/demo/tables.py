"""The demo warehouse's tables: one definition for DuckDB and for PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table of schema `gold`. Column types are words that both engines read alike.

    `required` are columns beside the key that have a value in every row: what pages are ordered
    by, since an index serves them best where no row is without.
    `indexes` are for PostgreSQL; DuckDB's zone maps serve the same ranges without them.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    primary_key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    required: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in the order of their definition, which is that of every row."""
        return tuple(name for name, _ in self.columns)

    @property
    def create(self) -> str:
        """The statement that creates the table, empty and without its keys."""
        columns = ",\n".join(f"    {name} {kind}" for name, kind in self.columns)
        return f"CREATE TABLE gold.{self.name} (\n{columns}\n)"

    @property
    def create_keys(self) -> tuple[str, ...]:
        """The primary key as a statement of its own: one built over loaded rows is cheaper."""
        if not self.primary_key:
            return ()
        return (f"ALTER TABLE gold.{self.name} ADD PRIMARY KEY ({', '.join(self.primary_key)})",)

    @property
    def require(self) -> tuple[str, ...]:
        """One statement a column of `required`, for a table that is filled."""
        return tuple(
            f"ALTER TABLE gold.{self.name} ALTER COLUMN {column} SET NOT NULL"
            for column in self.required
        )

    @property
    def create_indexes(self) -> tuple[str, ...]:
        """One statement an index, in the order of `indexes`."""
        return tuple(
            f"CREATE INDEX {self.name}_{'_'.join(columns)} ON gold.{self.name} "
            f"({', '.join(columns)})"
            for columns in self.indexes
        )


AMOUNT = "DECIMAL(12, 2)"

ORGANIZATIONS = Table(
    name="organizations",
    columns=(("id", "TEXT"), ("name", "TEXT")),
    primary_key=("id",),
)

# Without org_id: the same world for every tenant.
COUNTRIES = Table(
    name="countries",
    columns=(
        ("code", "TEXT"),
        ("name", "TEXT"),
        ("region", "TEXT"),
        ("currency", "TEXT"),
        ("population", "BIGINT"),
        ("updated_at", "TIMESTAMP"),
    ),
    primary_key=("code",),
)

CUSTOMERS = Table(
    name="customers",
    columns=(
        ("org_id", "TEXT"),
        ("id", "BIGINT"),
        ("name", "TEXT"),
        ("segment", "TEXT"),
        ("country", "TEXT"),
        ("signed_up_at", "TIMESTAMP"),
        ("updated_at", "TIMESTAMP"),
    ),
    primary_key=("org_id", "id"),
)

# `customers.segment` is the newest of these. A row is true from `valid_from` on and was known from
# `available_at` on; a second row of the same `valid_from` corrects the first.
CUSTOMER_SEGMENTS = Table(
    name="customer_segments",
    columns=(
        ("org_id", "TEXT"),
        ("customer_id", "BIGINT"),
        ("segment", "TEXT"),
        ("valid_from", "TIMESTAMP"),
        ("available_at", "TIMESTAMP"),
    ),
    primary_key=("org_id", "customer_id", "valid_from", "available_at"),
)

PRODUCTS = Table(
    name="products",
    columns=(
        ("org_id", "TEXT"),
        ("id", "BIGINT"),
        ("name", "TEXT"),
        ("category", "TEXT"),
        ("unit_price", AMOUNT),
        ("updated_at", "TIMESTAMP"),
    ),
    primary_key=("org_id", "id"),
)

ORDERS = Table(
    name="orders",
    columns=(
        ("org_id", "TEXT"),
        ("id", "BIGINT"),
        ("customer_id", "BIGINT"),
        ("product_id", "BIGINT"),
        ("ordered_at", "TIMESTAMP"),
        ("country", "TEXT"),
        ("payment_method", "TEXT"),
        ("channel", "TEXT"),
        ("device_type", "TEXT"),
        ("quantity", "INTEGER"),
        ("gross_amount", AMOUNT),
        ("discount_amount", AMOUNT),
        ("refund_amount", AMOUNT),
        ("net_amount", AMOUNT),
        ("cost", AMOUNT),
        ("is_first_order", "BOOLEAN"),
        ("loaded_at", "TIMESTAMP"),
    ),
    primary_key=("org_id", "id"),
    # Read backwards, the first one gives a tenant's pages with the newest order first.
    indexes=(("org_id", "ordered_at", "id"), ("org_id", "customer_id")),
    required=("ordered_at",),
)

# No key: a visit's country may be unknown, and NULL cannot stand in a primary key.
TRAFFIC = Table(
    name="traffic",
    columns=(
        ("org_id", "TEXT"),
        ("day", "DATE"),
        ("country", "TEXT"),
        ("channel", "TEXT"),
        ("device", "TEXT"),
        ("sessions", "BIGINT"),
        ("impressions", "BIGINT"),
        ("clicks", "BIGINT"),
        ("loaded_at", "TIMESTAMP"),
    ),
    indexes=(("org_id", "day"),),
)

# Without org_id: the models are the same for every tenant. Prices are for a million tokens.
AI_MODELS = Table(
    name="ai_models",
    columns=(
        ("id", "TEXT"),
        ("name", "TEXT"),
        ("family", "TEXT"),
        ("context_tokens", "BIGINT"),
        ("input_price", AMOUNT),
        ("output_price", AMOUNT),
        ("released_on", "DATE"),
        ("updated_at", "TIMESTAMP"),
    ),
    primary_key=("id",),
)

WORKSPACES = Table(
    name="workspaces",
    columns=(
        ("org_id", "TEXT"),
        ("id", "BIGINT"),
        ("name", "TEXT"),
        ("environment", "TEXT"),
        ("created_at", "TIMESTAMP"),
        ("updated_at", "TIMESTAMP"),
    ),
    primary_key=("org_id", "id"),
)

# A request that was not waited for to the end has no latency.
USAGE_REQUESTS = Table(
    name="usage_requests",
    columns=(
        ("org_id", "TEXT"),
        ("id", "BIGINT"),
        ("requested_at", "TIMESTAMP"),
        ("workspace_id", "BIGINT"),
        ("model", "TEXT"),
        ("endpoint", "TEXT"),
        ("status_code", "INTEGER"),
        ("input_tokens", "BIGINT"),
        ("output_tokens", "BIGINT"),
        ("cost_usd", "DECIMAL(12, 6)"),
        ("latency_ms", "INTEGER"),
        ("loaded_at", "TIMESTAMP"),
    ),
    primary_key=("org_id", "id"),
    indexes=(("org_id", "requested_at", "id"),),
    required=("requested_at",),
)

TABLES = (
    ORGANIZATIONS,
    COUNTRIES,
    CUSTOMERS,
    CUSTOMER_SEGMENTS,
    PRODUCTS,
    ORDERS,
    TRAFFIC,
    AI_MODELS,
    WORKSPACES,
    USAGE_REQUESTS,
)

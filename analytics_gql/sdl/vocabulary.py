"""The directives by which schema.graphql says what its metrics and dimensions mean."""

from __future__ import annotations

VOCABULARY = """\
"Where rows come from. `time` is what `dateRange` filters (an SQL expression, which may use a join; without it the field has no dateRange); `where` restricts every scan; `tenant` is the column that must equal the caller's, or the table is `shared`; `version` an SQL expression that changes when the data does. `timezone` is the dataset's calendar, `storedIn` the zone of a timestamp column without zone."
directive @dataset(table: String!, time: String, where: String, tenant: String, shared: Boolean = false, timezone: String = "UTC", storedIn: String = "UTC", version: String) on OBJECT

"A further fact table of the same dataset: aggregated on its own, then combined at the grain."
directive @source(name: String!, table: String!, time: String, where: String, tenant: String, shared: Boolean = false, timezone: String = "UTC", storedIn: String = "UTC", version: String) repeatable on OBJECT

"A many-to-one LEFT JOIN. `on` uses the join's name for its columns; a join may build on an earlier one. `source`: of another fact than the dataset's own."
directive @join(name: String!, table: String!, on: String!, source: String, tenant: String, shared: Boolean = false, version: String) repeatable on OBJECT

"The time dimension: selecting it groups by it, truncated to the root field's `granularity`."
directive @time on FIELD_DEFINITION

"A grouping key. `sql` defaults to the field's name in snake_case; it may use joined columns. `sources`: which other facts have it too, and how it is written there."
directive @dimension(sql: String, sources: [SourceColumn!]) on FIELD_DEFINITION

"A number. Inside an aggregate function names are columns (`traffic.sessions` of a source or join, else of the dataset's table; `count(traffic.*)` counts a source's rows); outside one they are other metrics of the type. One aggregate reads one fact and its joins."
directive @metric(sql: String!, unit: String, format: Format, better: Direction, cost: Float = 1) on FIELD_DEFINITION

"A raw-row type, paged by `orderBy` plus the primary `key`: names of fields. `time` is what `dateRange` filters, in days of UTC. `storedIn` is the zone of timestamp columns without zone."
directive @records(table: String!, key: [String!]!, time: String, where: String, tenant: String, shared: Boolean = false, storedIn: String = "UTC", version: String) on OBJECT

"A type that is fetched by key (names of fields), in batches. With `time` it is versioned, and can be read as of an instant; `availableAt` says when a row became known. `storedIn` is the zone of timestamp columns without zone."
directive @entity(table: String!, key: [String!]!, time: String, availableAt: String, where: String, tenant: String, shared: Boolean = false, storedIn: String = "UTC", version: String) on OBJECT

"How a field of records or of an entity is written, where it is not the column of its name in snake_case."
directive @column(sql: String!) on FIELD_DEFINITION

"A link to an entity. `by` names the field (or fields) of this type that hold its key; on a dataset they must be grouped."
directive @lookup(by: [String!]!) on FIELD_DEFINITION

"Who may see the field, or the type: callers with one of the roles. For others the schema has neither it nor its enum, filter and order members. A metric needs what it is derived from, a link its entity and the fields of `by`."
directive @access(roles: [String!]!) on FIELD_DEFINITION | OBJECT

"How long a result may be reused, in seconds; the lowest maxAge of what is selected wins. On an operation it holds only in registered documents, and may only lower the ages or tighten the scope."
directive @cacheControl(maxAge: Int, staleWhileRevalidate: Int, scope: CacheScope) on OBJECT | FIELD_DEFINITION | QUERY

"The day from which on what is @deprecated may be gone, `2027-01-31`. Clients see it."
directive @sunset(date: String!) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE

"Where a dimension stands in a further source: `sql` defaults to the field's name in snake_case."
input SourceColumn {
  name: String!
  sql: String
}

"How a metric is meant to be shown."
enum Format {
  NUMBER
  CURRENCY
  PERCENT
  DURATION
  BYTES
}

"Which way a metric is meant to go."
enum Direction {
  UP
  DOWN
}

"Who may share a stored result: all who may ask for it, or the one who asked."
enum CacheScope {
  PUBLIC
  PRIVATE
}
"""
"""Directive definitions and the types that only they use, as `schema sync` writes them.

The directives of later capabilities (rollups) join this text when they work.
"""

SHARED_TYPES = """\
"A whole number of up to 64 bits, sent as a JSON number; input may also be a string of digits."
scalar BigInt

"An exact decimal number, sent as a JSON number; input may also be a string."
scalar Decimal

"A calendar day, `2026-04-01`."
scalar Date

"An instant in RFC 3339, `2026-04-01T10:00:00+02:00`; input must state its offset."
scalar DateTime

"Days from `start` to `end`, both included."
input DateRange {
  start: Date!
  end: Date!
}

"The bucket of time. Weeks start on Monday."
enum Granularity {
  HOUR
  DAY
  WEEK
  MONTH
  QUARTER
  YEAR
}

enum SortDirection {
  ASC
  DESC
}

"An address that shows one answer to whoever has it, until it expires."
type SignedUrl {
  "Path and query; they stand behind the server's own address."
  url: String!
  expires: DateTime!
}

"A variable of a registered document, written as in its URL."
input UrlParameter {
  name: String!
  value: String!
}

"Where a page stands in its connection (Relay, Cursor Connections)."
type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}

"Conditions on text, all of which must hold. A row without a value meets only `ne`, `notIn` and `isNull: true`. Upper and lower case differ."
input StringFilter {
  eq: String
  ne: String
  in: [String!]
  notIn: [String!]
  gt: String
  gte: String
  lt: String
  lte: String
  "Two values, both included."
  between: [String!]
  contains: String
  startsWith: String
  isNull: Boolean
}

input IDFilter {
  eq: ID
  ne: ID
  in: [ID!]
  notIn: [ID!]
  isNull: Boolean
}

input BooleanFilter {
  eq: Boolean
  ne: Boolean
  isNull: Boolean
}

input IntFilter {
  eq: Int
  ne: Int
  in: [Int!]
  notIn: [Int!]
  gt: Int
  gte: Int
  lt: Int
  lte: Int
  "Two values, both included."
  between: [Int!]
  isNull: Boolean
}

input FloatFilter {
  eq: Float
  ne: Float
  in: [Float!]
  notIn: [Float!]
  gt: Float
  gte: Float
  lt: Float
  lte: Float
  "Two values, both included."
  between: [Float!]
  isNull: Boolean
}

input BigIntFilter {
  eq: BigInt
  ne: BigInt
  in: [BigInt!]
  notIn: [BigInt!]
  gt: BigInt
  gte: BigInt
  lt: BigInt
  lte: BigInt
  "Two values, both included."
  between: [BigInt!]
  isNull: Boolean
}

input DecimalFilter {
  eq: Decimal
  ne: Decimal
  in: [Decimal!]
  notIn: [Decimal!]
  gt: Decimal
  gte: Decimal
  lt: Decimal
  lte: Decimal
  "Two values, both included."
  between: [Decimal!]
  isNull: Boolean
}

input DateFilter {
  eq: Date
  ne: Date
  in: [Date!]
  notIn: [Date!]
  gt: Date
  gte: Date
  lt: Date
  lte: Date
  "Two values, both included."
  between: [Date!]
  isNull: Boolean
}

input DateTimeFilter {
  eq: DateTime
  ne: DateTime
  in: [DateTime!]
  notIn: [DateTime!]
  gt: DateTime
  gte: DateTime
  lt: DateTime
  lte: DateTime
  "Two values, both included."
  between: [DateTime!]
  isNull: Boolean
}
"""
"""Scalars, enums, inputs and types that all datasets and records share; `sync` writes those a schema uses."""

SIGNED_URL = "SignedUrl"
"""What a root field returns that signs URLs."""

DATASET_DIRECTIVES = frozenset({"dataset", "source", "join"})
ROW_DIRECTIVES = frozenset({"records", "entity"})
FIELD_DIRECTIVES = frozenset({"time", "dimension", "metric", "lookup"})
"""What a field of a dataset may be."""
ROW_FIELD_DIRECTIVES = frozenset({"column", "lookup"})
"""What a field of records or of an entity may say of itself; without any it is a column."""

VOCABULARY_DIRECTIVES = (
    DATASET_DIRECTIVES
    | ROW_DIRECTIVES
    | FIELD_DIRECTIVES
    | ROW_FIELD_DIRECTIVES
    | {"access", "cacheControl", "sunset"}
)
"""All of them."""

FIELD_TYPES = ("String", "Boolean", "Int", "Float", "BigInt", "Decimal", "Date", "DateTime", "ID")
"""What a dimension, a metric or a column may be."""


def enum_name(field: str) -> str:
    """`paymentMethod` → `PAYMENT_METHOD`: the enum value of a dimension or metric."""
    return snake_case(field).upper()


def snake_case(field: str) -> str:
    """`paymentMethod` → `payment_method`, `GMVUsd` → `gmv_usd`: the column of a dimension."""
    out: list[str] = []
    for index, letter in enumerate(field):
        if letter.isupper() and index:
            before, after = field[index - 1], field[index + 1 : index + 2]
            if before != "_" and (not before.isupper() or after.islower()):
                out.append("_")
        out.append(letter.lower())
    return "".join(out)

"""The types of the catalog, by which clients learn what may be asked, as `schema sync` writes them.

A model has them where a field of its query type returns `Catalog`, and does without them by leaving
that field out. They are the same for every model; what is in them is read off it (see
`gql.catalog_tree`).
"""

from __future__ import annotations

from analytics_gql.sdl.derived import types_in

CATALOG_TYPES = """\
"What may be asked, as the caller sees it. It costs no statement, save where a description says so."
type Catalog {
  "All of them in the order of the schema; with `name`, the one of that type."
  datasets(name: String): [CatalogDataset!]!
  "All of them in the order of the schema; with `name`, the one of that type."
  records(name: String): [CatalogRecords!]!
  "All of them in the order of the schema; with `name`, the one of that type."
  entities(name: String): [CatalogEntity!]!
}

"Metrics by dimensions over time."
type CatalogDataset {
  "The name of its type."
  name: String!
  "The name in words."
  label: String!
  description: String
  "The root field that gives a list of its rows, if there is one."
  rootField: String
  "The root field that gives its rows page by page, if there is one."
  connectionField: String
  "The time dimension: select it to group by it. Without one nothing is grouped by time."
  time: CatalogField
  "Whether its root fields take a range of days."
  hasDateRange: Boolean!
  "The calendar of its days where no other is asked for, a name of the IANA database."
  timezone: String!
  "The buckets of time, from fine to coarse; none without a time dimension."
  granularities: [Granularity!]!
  "The first and the last day that the dataset's own table has rows of, in its calendar; null without rows. Costs a statement, which all figures of a dataset share."
  timeRange: CatalogTimeRange
  "The time of the newest row of the dataset's own table; of days, where they begin. Costs a statement, which all figures of a dataset share."
  freshness: DateTime
  "All of them in the order of the schema; with `name`, the one of that name."
  metrics(name: String): [CatalogMetric!]!
  "All of them in the order of the schema; with `name`, the one of that name."
  dimensions(name: String): [CatalogDimension!]!
  "Entities that stand in a row whose dimensions they are looked up by."
  links: [CatalogLink!]!
}

"Days from `start` to `end`, both included."
type CatalogTimeRange {
  start: Date!
  end: Date!
}

type CatalogMetric {
  "The name of its field, and of its member in filters."
  name: String!
  "The name in words."
  label: String!
  description: String
  "The GraphQL type of its values."
  type: String!
  unit: String
  format: Format
  "Which way it is meant to go."
  better: Direction
  "How many times as dear as a plain sum it is."
  costFactor: Float!
  "How it is computed, in words and names of this schema."
  formula: String!
  additivity: CatalogAdditivity!
  "Its value where it is ordered by."
  orderBy: String!
  "The dimensions that it can be grouped and filtered by."
  dimensions: [String!]!
  "The other metrics that it can be asked together with, by the dimensions that all of them have."
  metrics: [String!]!
  "The dimensions and metrics that it cannot be asked with, and why."
  excluded: [CatalogExclusion!]!
  "The buckets of time that it has, from fine to coarse."
  granularities: [Granularity!]!
  "The only calendar that it can be asked in, if it has one."
  timezone: String
}

"What figures of parts say of the whole: of days of their month, of countries of the world."
enum CatalogAdditivity {
  "They add up to that of the whole."
  ADDITIVE
  "The smallest of them is that of the whole."
  SMALLEST
  "The largest of them is that of the whole."
  LARGEST
  "Nothing: ask for the whole."
  NOT_ADDITIVE
}

"A dimension or a metric that another cannot be asked with: what asking would be answered with."
type CatalogExclusion {
  name: String!
  reason: String!
  "What to do instead."
  hint: String!
}

type CatalogDimension {
  "The name of its field, and of its member in filters."
  name: String!
  "The name in words."
  label: String!
  description: String
  "The GraphQL type of its values."
  type: String!
  "Its value where it is grouped by."
  groupBy: String!
  "Its value where it is ordered by."
  orderBy: String!
  "How many different values the dataset's own table has. Costs a statement, which all figures of a dataset share."
  cardinality: BigInt
  "The first values of the dataset's own table in their order, as texts: those that contain the text to search for, whatever its case. Costs a statement."
  values(search: String, first: Int! = 100): [String!]
}

"Rows that are read page by page."
type CatalogRecords {
  "The name of their type."
  name: String!
  "The name in words."
  label: String!
  description: String
  "The root field that gives them, if there is one."
  rootField: String
  "Whether its root field takes a range of days, which are those of UTC."
  hasDateRange: Boolean!
  "The fields that tell one row from the others."
  key: [String!]!
  fields: [CatalogField!]!
  links: [CatalogLink!]!
}

"What is looked up by its key."
type CatalogEntity {
  "The name of its type."
  name: String!
  "The name in words."
  label: String!
  description: String
  "The root field that gives one, if there is one."
  rootField: String
  "The root field that gives several, if there is one."
  listField: String
  "Whether it can be read as of an instant."
  isVersioned: Boolean!
  "The fields by which it is looked up."
  key: [String!]!
  fields: [CatalogField!]!
  links: [CatalogLink!]!
}

"A field that holds a value."
type CatalogField {
  name: String!
  "The name in words."
  label: String!
  description: String
  "The GraphQL type of its values."
  type: String!
}

"A field that is an entity."
type CatalogLink {
  name: String!
  "The name in words."
  label: String!
  description: String
  "The name of the entity's type."
  entity: String!
  "The fields beside it that hold the entity's key."
  by: [String!]!
}
"""

CATALOG_TYPE_NAMES = frozenset(node.name.value for node in types_in(CATALOG_TYPES))
"""The names that a model with a catalog has no types of its own under."""

"""All that may be asked, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TypeVar

from analytics_gql.errors import UnknownNameError, suggest
from analytics_gql.model.caching import CacheHints
from analytics_gql.model.clearance import Clearance
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.entity import Entity
from analytics_gql.model.records import Records
from analytics_gql.model.relation import Relation, TableName

T = TypeVar("T", Dataset, Records, Entity)


class Verb(Enum):
    """What a root field does."""

    AGGREGATE = "metrics of a dataset"
    PAGE_OF_METRICS = "a page of a dataset's metrics"
    PAGE_OF_RECORDS = "a page of records"
    LOOK_UP = "one entity by its key"
    LOOK_UP_MANY = "entities by their keys, in the order asked"
    SIGN_URL = "a URL that shows an answer without a credential"
    CATALOG = "what may be asked"

    @property
    def is_paged(self) -> bool:
        """Whether it gives a connection."""
        return self in (Verb.PAGE_OF_METRICS, Verb.PAGE_OF_RECORDS)


@dataclass(frozen=True, slots=True)
class RootField:
    """A field of the query type: its verb, and the type that it asks, or returns."""

    name: str
    verb: Verb
    of: str


@dataclass(frozen=True, eq=False)
class Catalog:
    """The datasets, records and entities of a model, and which root field asks which.

    `clearances` has the schema coordinates (`Orders`, `Orders.cost`, `Query.orders(dateRange:)`)
    that not everybody may see.
    """

    datasets: tuple[Dataset, ...]
    records: tuple[Records, ...]
    entities: tuple[Entity, ...]
    root_fields: tuple[RootField, ...]
    cache_hints: CacheHints = field(default_factory=CacheHints)
    clearances: Mapping[str, Clearance] = field(default_factory=dict)
    live_fields: tuple[RootField, ...] = ()
    """The fields of the subscription type, which ask as those of the query type do."""

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles on which it depends what a caller sees."""
        return frozenset().union(*(needed.roles for needed in self.clearances.values()))

    @cached_property
    def _dataset_named(self) -> dict[str, Dataset]:
        return {dataset.name: dataset for dataset in self.datasets}

    @cached_property
    def _records_named(self) -> dict[str, Records]:
        return {records.name: records for records in self.records}

    @cached_property
    def _entity_named(self) -> dict[str, Entity]:
        return {entity.name: entity for entity in self.entities}

    def dataset(self, name: str) -> Dataset:
        """The dataset of that type name. Raises UnknownNameError with a suggestion."""
        return _named(self._dataset_named, name, "dataset")

    def records_of(self, name: str) -> Records:
        """The records of that type name. Raises UnknownNameError with a suggestion."""
        return _named(self._records_named, name, "records type")

    def entity(self, name: str) -> Entity:
        """The entity of that type name. Raises UnknownNameError with a suggestion."""
        return _named(self._entity_named, name, "entity")

    def relations(self) -> Iterator[Relation]:
        """Every relation that any statement may scan."""
        for dataset in self.datasets:
            for source in dataset.sources:
                yield source.relation
                for join in source.joins:
                    yield join.relation
        for records in self.records:
            yield records.rows.relation
        for entity in self.entities:
            yield entity.rows.relation

    @cached_property
    def tenant_columns(self) -> dict[TableName, str | None]:
        """The tenant column of every known table, None where the table belongs to everybody."""
        return {relation.table: relation.tenant for relation in self.relations()}


def _named(known: dict[str, T], name: str, what: str) -> T:
    try:
        return known[name]
    except KeyError:
        names: Iterable[str] = known
        raise UnknownNameError(
            f"there is no {what} '{name}'",
            hint=suggest(name, list(names), "ask the schema for its types"),
        ) from None

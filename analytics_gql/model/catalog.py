"""All that may be asked, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analytics_gql.errors import UnknownNameError, suggest
from analytics_gql.model.dataset import Dataset, Relation, TableName


@dataclass(frozen=True, eq=False)
class Catalog:
    """The datasets of a model, and which root field asks which."""

    datasets: tuple[Dataset, ...]
    root_fields: tuple[tuple[str, str], ...]

    @cached_property
    def _dataset_named(self) -> dict[str, Dataset]:
        return {dataset.name: dataset for dataset in self.datasets}

    def dataset(self, name: str) -> Dataset:
        """The dataset of that type name. Raises UnknownNameError with a suggestion."""
        try:
            return self._dataset_named[name]
        except KeyError:
            raise UnknownNameError(
                f"there is no dataset '{name}'",
                hint=suggest(name, list(self._dataset_named), "ask the schema for its types"),
            ) from None

    def relations(self) -> Iterator[Relation]:
        """Every relation that any statement may scan."""
        for dataset in self.datasets:
            for source in dataset.sources:
                yield source.relation
                for join in source.joins:
                    yield join.relation

    @cached_property
    def tenant_columns(self) -> dict[TableName, str | None]:
        """The tenant column of every known table, None where the table belongs to everybody."""
        return {relation.table: relation.tenant for relation in self.relations()}

"""`schema diff`: what changed from one model to another, for those who ask it.

The public schemas are compared as GraphQL (see `contract`). What that cannot see is compared by
what each model says of its members (see `meaning`): a changed formula, filter or join gives other
numbers under the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from graphql import GraphQLSchema, Source, build_schema, parse

from analytics_gql.errors import ModelError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset
from analytics_gql.sdl.access_changes import access_changes
from analytics_gql.sdl.changes import Change, Level
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.contract import contract_changes
from analytics_gql.sdl.derived_names import derived_coordinates
from analytics_gql.sdl.files import SchemaFile
from analytics_gql.sdl.meaning import FORMULA, Meaning, meaning_of
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.read import examine, query_type_name
from analytics_gql.sdl.sync import apply_sync, plan_sync

GROUPING_REMOVED = "GROUPING_REMOVED"


@dataclass(frozen=True, eq=False)
class Version:
    """One of the two models: as `schema sync` would write it, so that versions of it compare."""

    files: tuple[SchemaFile, ...]
    catalog: Catalog
    schema: GraphQLSchema

    @property
    def query_type(self) -> str:
        """The name of the query root type."""
        return query_type_name(self.files)


def version_of(files: tuple[SchemaFile, ...]) -> Version:
    """A model to compare. Nothing is written to disk. Raises ModelError with every fault."""
    _, faults = examine(files)
    plan = plan_sync(files)
    if faults or plan.faults:
        raise ModelError((*faults, *plan.faults))
    written = apply_sync(plan)
    synced = tuple(
        SchemaFile(file.path, file.name, text, parse(Source(text, file.name)))
        if (text := written.get(file.path)) is not None
        else file
        for file in files
    )
    catalog = check_model(synced)
    return Version(synced, catalog, build_schema(public_sdl(synced)))


def schema_changes(old: Version, new: Version, today: date) -> tuple[Change, ...]:
    """Every change, the heaviest first; of one weight in the order of the schema.

    A removal whose sunset is `today` or before is dangerous, not breaking.
    """
    changes = [
        *contract_changes(old.schema, new.schema, derived_coordinates(old.catalog), today),
        *_lost_groupings(old.catalog, new.catalog),
        *access_changes(old.catalog, new.catalog, old.schema, new.schema),
        *_changes_of_meaning(
            meaning_of(old.catalog, old.query_type), meaning_of(new.catalog, new.query_type)
        ),
    ]
    order = list(Level)
    return tuple(sorted(changes, key=lambda change: order.index(change.level)))


# --- meaning -------------------------------------------------------------------------------------


def _changes_of_meaning(old: Meaning, new: Meaning) -> Iterator[Change]:
    """Each saying that is another one now, and that something rests on.

    What is new or gone as a whole is left out: who used it says so by a changed formula, and the
    public schema tells of members.
    """
    there = {
        member for subject in old for saying in old[subject].values() for member in saying.members
    }
    formulas = {
        subject
        for subject in old.keys() & new.keys()
        if FORMULA in old[subject]
        and FORMULA in new[subject]
        and old[subject][FORMULA].form != new[subject][FORMULA].form
    }
    for subject in old:
        for aspect, was in old[subject].items():
            now = new.get(subject, {}).get(aspect)
            if now is None or was.form == now.form:
                continue
            if aspect == FORMULA and was.text == now.text and formulas & set(now.derived_from):
                continue  # the metric that it is derived from tells it
            members = tuple(member for member in now.members if member in there)
            if members:
                yield Change(
                    Level.MEANING,
                    f"{_word(aspect)}_CHANGED",
                    f"{subject}: {aspect}",
                    members,
                    was.text,
                    now.text,
                )


def _word(aspect: str) -> str:
    """`formula in traffic` → `FORMULA`, `storedIn` → `STORED_IN`."""
    first = aspect.partition(" ")[0]
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in first).upper()


# --- groupings -----------------------------------------------------------------------------------


def _lost_groupings(old: Catalog, new: Catalog) -> Iterator[Change]:
    """Metrics that can no longer be grouped by a dimension that both models have.

    The types allow every pair; whether a source knows a dimension is the model's to say. The
    first of a change's members is the metric.
    """
    later = {dataset.name: dataset for dataset in new.datasets}
    for dataset in old.datasets:
        if (after := later.get(dataset.name)) is None:
            continue
        for name in dataset.metric_named:
            if name not in after.metric_named:
                continue
            kept = groupings(after, name)
            lost = [
                item
                for item in groupings(dataset, name)
                if item in after.dimension_named and item not in kept
            ]
            if lost:
                yield Change(
                    Level.BREAKING,
                    GROUPING_REMOVED,
                    f"{dataset.name}.{name} can no longer be grouped or filtered by "
                    f"{', '.join(lost)}",
                    tuple(f"{dataset.name}.{item}" for item in (name, *lost)),
                )


def groupings(dataset: Dataset, metric: str) -> tuple[str, ...]:
    """The dimensions that every source of a metric knows."""
    sources = dataset.metric_named[metric].sources
    return tuple(
        dimension.name
        for dimension in dataset.dimensions
        if all(dimension.in_source(source) is not None for source in sources)
    )

"""Which dimensions and metrics go together, as the planner has it: each choice is planned.

Nothing is guessed here: what is told is what asking would be answered with. Metrics over the same
facts have the same answer, so one of them is planned for all: a large model has thousands of
metrics, whose pairs are millions, and a handful of facts. A reason names the metric that reads the
fact; it is told of the others under their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics_gql.access.caller import EVERY_ROLE, Caller
from analytics_gql.errors import RequestError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset, Metric
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.plan.planner import plan
from analytics_gql.query.metric_query import DateRange, MetricQuery

_ANYBODY = Caller("any", (EVERY_ROLE,))
"""On whose behalf is planned: no statement comes of it, and the catalog has nothing hidden."""

_ANY_DAY = DateRange(date(2000, 1, 1), date(2000, 1, 1))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A dimension or metric that another one cannot be asked with; why, and what to do instead."""

    name: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Combinations:
    """What a metric can be asked with: names in the order of the dataset.

    `timezone` is the only calendar that it knows, if it has one.
    """

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    excluded: tuple[Exclusion, ...]
    granularities: tuple[Granularity, ...]
    timezone: str | None


def combinations_of(dataset: Dataset, catalog: Catalog) -> dict[str, Combinations]:
    """What each metric can be asked with. The catalog is bound, and is what the caller sees."""
    trials = _Trials(dataset, catalog)
    return {metric.name: trials.combinations(metric) for metric in dataset.metrics}


class _Refusal:
    """Why metrics cannot be asked so, as it was found of some that stand for others."""

    def __init__(self, error: RequestError, metrics: Sequence[Metric]) -> None:
        self._hint = error.hint or ""
        # The planner's reasons begin with the metric that reads the source which cannot answer;
        # those that name none hold for all.
        self._reader: int | None = None
        self._rest = error.message
        for number, metric in enumerate(metrics):
            if error.message.startswith(_named(metric)):
                self._reader = number
                self._rest = error.message.removeprefix(_named(metric))
                break

    def told(self, name: str, *metrics: Metric) -> Exclusion:
        """The same of other metrics over the same facts, in their order."""
        reader = "" if self._reader is None else _named(metrics[self._reader])
        return Exclusion(name, f"{reader}{self._rest}", self._hint)


def _named(metric: Metric) -> str:
    return f"the metric '{metric.name}'"


@dataclass(frozen=True, slots=True)
class _Together:
    """What all metrics over the same facts can be asked with, and why not with the rest."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    refused_dimensions: tuple[tuple[str, _Refusal], ...]
    refused_metrics: tuple[tuple[Metric, _Refusal], ...]
    granularities: tuple[Granularity, ...]
    timezone: str | None


class _Trials:
    """Plans questions of one dataset; lives as long as its metrics are looked at."""

    def __init__(self, dataset: Dataset, catalog: Catalog) -> None:
        self._dataset = dataset
        self._catalog = catalog
        self._over: dict[frozenset[str], list[Metric]] = {}
        for metric in dataset.metrics:
            self._over.setdefault(frozenset(metric.sources), []).append(metric)
        self._together: dict[frozenset[str], _Together] = {}
        # Without a zone the calendar is that of the dataset's own table.
        zones = dict.fromkeys(source.timezone for source in dataset.sources)
        zones.pop(dataset.sources[0].timezone)
        self._zones = (None, *zones) if dataset.has_range else (None,)

    def combinations(self, metric: Metric) -> Combinations:
        facts = frozenset(metric.sources)
        found = self._together.get(facts)
        if found is None:
            found = self._together[facts] = self._found(facts)
        excluded = [refusal.told(name, metric) for name, refusal in found.refused_dimensions]
        excluded += [
            refusal.told(other.name, metric, other)
            for other, refusal in found.refused_metrics
            if other is not metric
        ]
        return Combinations(
            found.dimensions,
            tuple(name for name in found.metrics if name != metric.name),
            tuple(excluded),
            found.granularities,
            found.timezone,
        )

    def _found(self, facts: frozenset[str]) -> _Together:
        """What metrics over some facts can be asked with, tried with the first of them."""
        first = self._over[facts][0]
        with_dimension = {
            dimension.name: self._refused((first,), dimensions=(dimension.name,))
            for dimension in self._dataset.dimensions
        }
        with_facts = {
            other: self._refused((first, metrics[-1])) for other, metrics in self._over.items()
        }
        with_metric = [
            (metric, with_facts[frozenset(metric.sources)]) for metric in self._dataset.metrics
        ]
        return _Together(
            tuple(name for name, refusal in with_dimension.items() if refusal is None),
            tuple(metric.name for metric, refusal in with_metric if refusal is None),
            tuple((name, why) for name, why in with_dimension.items() if why is not None),
            tuple((metric, why) for metric, why in with_metric if why is not None),
            tuple(
                granularity
                for granularity in Granularity
                if self._dataset.time is not None
                and self._refused((first,), by_time=True, granularity=granularity) is None
            ),
            self._zone_of(facts),
        )

    def _refused(
        self,
        metrics: tuple[Metric, ...],
        *,
        dimensions: tuple[str, ...] = (),
        by_time: bool = False,
        granularity: Granularity = Granularity.DAY,
    ) -> _Refusal | None:
        """Why metrics cannot be asked in any calendar; None where they can."""
        query = MetricQuery(
            self._dataset.name,
            metrics=tuple(dict.fromkeys(metric.name for metric in metrics)),
            dimensions=dimensions,
            by_time=by_time,
            granularity=granularity,
            date_range=_ANY_DAY if self._dataset.has_range else None,
        )
        refusal: RequestError | None = None
        for zone in self._zones:
            try:
                plan(replace(query, timezone=zone), self._catalog, _ANYBODY)
            except RequestError as error:
                refusal = refusal or error
            else:
                return None
        assert refusal is not None
        return _Refusal(refusal, metrics)

    def _zone_of(self, facts: frozenset[str]) -> str | None:
        zones = set(self._zones_of_days(facts))
        return zones.pop() if len(zones) == 1 else None

    def _zones_of_days(self, names: Iterable[str]) -> Iterable[str]:
        for name in names:
            source = self._dataset.source_named[name]
            if source.time_kind is ColumnKind.DATE:
                yield source.timezone

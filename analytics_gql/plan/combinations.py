"""Which dimensions and metrics go together, as the planner has it: each choice is planned.

Nothing is guessed here: what is told is what asking would be answered with. Metrics over the same
facts have the same answer, so what can be asked is planned once for all of them; what cannot is
planned for each, as the reason names it.
"""

from __future__ import annotations

from collections.abc import Iterable
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


class _Trials:
    """Plans questions of one dataset; lives as long as its metrics are looked at."""

    def __init__(self, dataset: Dataset, catalog: Catalog) -> None:
        self._dataset = dataset
        self._catalog = catalog
        self._possible: set[tuple[object, ...]] = set()
        self._facts = {metric.name: frozenset(metric.sources) for metric in dataset.metrics}
        # Without a zone the calendar is that of the dataset's own table.
        zones = dict.fromkeys(source.timezone for source in dataset.sources)
        zones.pop(dataset.sources[0].timezone)
        self._zones = (None, *zones) if dataset.has_range else (None,)

    def combinations(self, metric: Metric) -> Combinations:
        dimensions: list[str] = []
        metrics: list[str] = []
        excluded: list[Exclusion] = []
        for dimension in self._dataset.dimensions:
            found = self._refused([metric], dimension.name, dimensions=(dimension.name,))
            if found is None:
                dimensions.append(dimension.name)
            else:
                excluded.append(found)
        for other in self._dataset.metrics:
            if other is metric:
                continue
            found = self._refused([metric, other], other.name)
            if found is None:
                metrics.append(other.name)
            else:
                excluded.append(found)
        granularities = tuple(
            granularity
            for granularity in Granularity
            if self._dataset.time is not None
            and self._refused([metric], "", by_time=True, granularity=granularity) is None
        )
        return Combinations(
            tuple(dimensions),
            tuple(metrics),
            tuple(excluded),
            granularities,
            self._zone_of(metric),
        )

    def _refused(
        self,
        metrics: list[Metric],
        name: str,
        *,
        dimensions: tuple[str, ...] = (),
        by_time: bool = False,
        granularity: Granularity = Granularity.DAY,
    ) -> Exclusion | None:
        """Why metrics cannot be asked in any calendar; None where they can."""
        facts = frozenset().union(*(self._facts[metric.name] for metric in metrics))
        key = (facts, dimensions, by_time, granularity)
        if key in self._possible:
            return None
        query = MetricQuery(
            self._dataset.name,
            metrics=tuple(metric.name for metric in metrics),
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
                self._possible.add(key)
                return None
        assert refusal is not None
        return Exclusion(name, refusal.message, refusal.hint or "")

    def _zone_of(self, metric: Metric) -> str | None:
        zones = set(self._zones_of_days(metric.sources))
        return zones.pop() if len(zones) == 1 else None

    def _zones_of_days(self, names: Iterable[str]) -> Iterable[str]:
        for name in names:
            source = self._dataset.source_named[name]
            if source.time_kind is ColumnKind.DATE:
                yield source.timezone

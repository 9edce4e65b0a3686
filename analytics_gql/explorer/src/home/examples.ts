/** Questions to begin with, made for whatever the catalog has. */

import type { ChartForm } from "../shared/boot";
import type { Catalog, Dataset, Dimension, Metric } from "../shared/catalog";
import { plus } from "../shared/days";

export interface Example {
  title: string;
  query: string;
  form: ChartForm;
}

const MOST = 6;

export function examplesOf(catalog: Catalog): Example[] {
  return catalog.datasets.flatMap(ofDataset).slice(0, MOST);
}

function ofDataset(dataset: Dataset): Example[] {
  const { rootField, time, timeRange, metrics } = dataset;
  if (!rootField || (dataset.hasDateRange && !timeRange)) return [];
  const [first] = metrics;
  if (!first) return [];
  const ask = asking(dataset, rootField);
  const dimension = dimensionFor(dataset, [first]);
  const ratio = metrics.find(({ format }) => format === "PERCENT" || format === "DURATION");
  const pair = ratio && pairFor(dataset, ratio);
  return [
    ...(time
      ? [{ title: `${first.label} over time`, query: ask([first], [], "MONTH"), form: "line" as const }]
      : []),
    ...(dimension
      ? [{ title: `${first.label} by ${lower(dimension)}`, query: ask([first], [dimension]), form: "bar" as const }]
      : []),
    ...(ratio && pair
      ? [
          {
            title: `${ratio.label} by ${lower(pair[0])} and ${lower(pair[1])}`,
            query: ask([ratio], pair),
            form: "heatmap" as const,
          },
        ]
      : []),
  ];
}

function lower({ label }: Dimension): string {
  return label.charAt(0).toLowerCase() + label.slice(1);
}

/** Texts alone: a number or a key says little on an axis. */
function texts(dataset: Dataset): Dimension[] {
  return dataset.dimensions.filter(({ type }) => type === "String");
}

function dimensionFor(dataset: Dataset, metrics: Metric[]): Dimension | undefined {
  return texts(dataset).find(({ name }) => metrics.every(({ dimensions }) => dimensions.includes(name)));
}

/** The first and the third: neighbours are often parts of each other, as a model of its family. */
function pairFor(dataset: Dataset, metric: Metric): [Dimension, Dimension] | undefined {
  const found = texts(dataset).filter(({ name }) => metric.dimensions.includes(name));
  const [one, other] = [found[0], found[2] ?? found[1]];
  return one && other && [other, one];
}

/** Twelve whole months, or what there is of them: a month that has begun would look like a fall. */
function wholeMonths(timeRange: { start: string; end: string }): { start: string; end: string } {
  const next = plus(timeRange.end, 1);
  const end = plus(`${next.slice(0, 7)}-01`, -1);
  const start = `${plus(end, -350).slice(0, 7)}-01`;
  return end > timeRange.start ? { start, end } : timeRange;
}

function asking(dataset: Dataset, rootField: string) {
  const { time, timeRange } = dataset;
  const range = timeRange && wholeMonths(timeRange);
  return (metrics: Metric[], dimensions: Dimension[], granularity?: string): string => {
    const parts = [
      range ? `dateRange: { start: "${range.start}", end: "${range.end}" }` : "",
      granularity ? `granularity: ${granularity}` : "",
      `groupBy: [${dimensions.map(({ groupBy }) => groupBy).join(", ")}]`,
      dimensions.length === 1 ? `orderBy: [{ by: ${metrics[0]!.orderBy}, direction: DESC }]` : "",
      dimensions.length ? `limit: ${dimensions.length === 1 ? 10 : 100}` : "",
    ].filter(Boolean);
    const fields = [
      ...(granularity && time ? [time.name] : []),
      ...dimensions.map(({ name }) => name),
      ...metrics.map(({ name }) => name),
    ];
    return [
      "{",
      `  ${rootField}(`,
      ...parts.map((part) => `    ${part}`),
      "  ) {",
      ...fields.map((field) => `    ${field}`),
      "  }",
      "}",
      "",
    ].join("\n");
  };
}

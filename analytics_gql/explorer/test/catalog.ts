/** A small catalog, as the server's: two sources, of which one lacks a dimension. */

import type { ToldColumn } from "../src/shared/ask";
import type { Catalog, Dimension, Metric } from "../src/shared/catalog";

const BUCKETS = ["DAY", "WEEK", "MONTH"];

export function metric(name: string, members: Partial<Metric> = {}): Metric {
  return {
    name,
    label: name,
    description: null,
    type: "Decimal",
    unit: null,
    format: null,
    better: null,
    formula: "",
    additivity: "ADDITIVE",
    orderBy: enumName(name),
    dimensions: ["country", "paymentMethod"],
    metrics: [],
    excluded: [],
    granularities: BUCKETS,
    ...members,
  };
}

export function dimension(name: string): Dimension {
  return {
    name,
    label: name,
    description: null,
    type: "String",
    groupBy: enumName(name),
    orderBy: enumName(name),
  };
}

function enumName(name: string): string {
  return name.replace(/([A-Z])/g, "_$1").toUpperCase();
}

export const REASON = "the metric 'sessions' comes from 'traffic', which has no dimension 'paymentMethod'";

export const CATALOG: Catalog = {
  datasets: [
    {
      name: "OrderMetrics",
      label: "Order metrics",
      description: null,
      rootField: "orderMetrics",
      connectionField: "orderMetricsConnection",
      hasDateRange: true,
      timezone: "UTC",
      granularities: BUCKETS,
      time: { name: "date", label: "Date", description: null, type: "Date" },
      metrics: [
        metric("revenue", { format: "CURRENCY", unit: "USD" }),
        metric("grossMargin", { format: "PERCENT", additivity: "NOT_ADDITIVE" }),
        metric("sessions", {
          excluded: [{ name: "paymentMethod", reason: REASON, hint: "" }],
          dimensions: ["country"],
        }),
      ],
      dimensions: [dimension("country"), dimension("paymentMethod")],
    },
  ],
  records: [],
  entities: [],
};

/** What the server tells of a column of the catalog's dataset, at a place of the answer. */
export function told(place: string, name = place.split(".").at(-1)!): ToldColumn {
  const dataset = CATALOG.datasets[0]!;
  const found = dataset.metrics.find((each) => each.name === name);
  const { type, unit, format, better, additivity } = found ?? NO_METRIC;
  const kind = found ? "METRIC" : name === dataset.time?.name ? "TIME" : "DIMENSION";
  return { path: place.split("."), of: dataset.name, name, kind, type, unit, format, better, additivity, description: null };
}

const NO_METRIC = { type: "String", unit: null, format: null, better: null, additivity: null };

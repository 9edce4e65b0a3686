/** A small catalog, as the server's: two sources, of which one lacks a dimension. */

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

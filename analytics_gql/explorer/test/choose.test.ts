import { expect, test } from "vitest";

import { choose } from "../src/chart/choose";
import { csvOf } from "../src/chart/download";
import { sorted } from "../src/results/SortableTable";
import { describing } from "../src/shared/describe";
import { readExactly } from "../src/shared/exact";
import { formatShort, formatValue, label } from "../src/shared/format";
import { type Table, tablesOf } from "../src/shared/tables";
import { told } from "./catalog";

const ROWS = [
  { date: "2026-04-01", country: "DE", paymentMethod: "card", revenue: 10, grossMargin: 0.5 },
  { date: "2026-04-02", country: "FR", paymentMethod: "card", revenue: 20, grossMargin: 0.4 },
];

/** The table of a query that selects these fields. */
function table(...fields: string[]): Table {
  const rows = ROWS.map((row) =>
    Object.fromEntries(fields.map((field) => [field, row[field as "revenue"]])),
  );
  const columns = fields.map((field) => told(`orderMetrics.${field}`));
  return tablesOf({ orderMetrics: rows }, describing(columns))[0]!;
}

test.each([
  [["date", "revenue"], "line"],
  [["date", "country", "revenue"], "line"],
  [["country", "revenue"], "bar"],
  [["country", "paymentMethod", "revenue"], "stacked"],
  // Parts of a ratio do not add up.
  [["country", "paymentMethod", "grossMargin"], "heatmap"],
  [["country", "paymentMethod"], "table"],
])("%s is drawn as %s", (fields, form) => {
  expect(choose(table(...fields)).form).toBe(form);
});

test("one row without a dimension is its figures", () => {
  const [only] = tablesOf({ orderMetrics: [{ revenue: 1 }] }, describing([told("orderMetrics.revenue")]));
  expect(choose(only!).form).toBe("number");
});

test("a ratio is never offered as a stack", () => {
  expect(choose(table("date", "country", "grossMargin")).forms).not.toContain("stacked");
  expect(choose(table("date", "country", "revenue")).forms).toContain("stacked");
});

test("a key that was looked up is shown by its name", () => {
  const rows = [{ productId: "1", product: { name: "Lamp" }, revenue: 1 }, { productId: "2", product: { name: "Mat" }, revenue: 2 }];
  const found = tablesOf({ top: rows }, () => [
    { key: "productId", kind: "dimension" },
    { key: "product.name", kind: "other" },
    { key: "revenue", kind: "metric" },
  ])[0]!;
  expect(choose(found).roles.dimensions.map(({ key }) => key)).toEqual(["product.name"]);
});

test("whatever a root field gives is shown", () => {
  const shape = (data: Record<string, unknown>) =>
    tablesOf(data, () => undefined).map(({ name, columns, rows }) => [name, columns.map(({ key }) => key), rows.length]);
  expect(shape({ customer: { id: "1", country: { name: "Peru" } } })).toEqual([["customer", ["id", "country.name"], 1]]);
  expect(shape({ customer: null })).toEqual([["customer", ["customer"], 1]]);
  expect(shape({ orders: { nodes: [{ id: "7" }], totalCount: 1, pageInfo: { hasNextPage: false } } })).toEqual([
    ["orders.nodes", ["id"], 1],
    ["orders", ["totalCount"], 1],
  ]);
  expect(shape({ customers: [{ id: "1" }, null] })).toEqual([["customers", ["id"], 2]]);
});

test.each([
  [1234.5, "revenue", "$1,234.50", "$1,235"],
  [33_500_000, "revenue", "$33,500,000.00", "$33.5M"],
  [0.00042, "revenue", "$0.00042", "$0.00042"],
  [0.4567, "grossMargin", "45.7%", "45.7%"],
  [0.0271, "grossMargin", "2.71%", "2.71%"],
])("%d of %s is %s, and short %s", (value, name, long, short) => {
  const column = describing([told(`orderMetrics.${name}`)])("orderMetrics")![0]!;
  expect([formatValue(value, column), formatShort(value, column)]).toEqual([long, short]);
});

test("durations and bytes have the unit that suits them", () => {
  const duration = { key: "latency", kind: "metric", format: "DURATION", unit: "ms" } as const;
  expect([5, 2_805, 300_000].map((value) => formatValue(value, duration))).toEqual(["5 ms", "2.81 s", "5 min"]);
  expect(formatValue(1_500_000, { key: "size", kind: "metric", format: "BYTES" })).toBe("1.5 MB");
  expect(label("latencyP95")).toBe("Latency P95");
});

test("no digit of a decimal is lost, in tables and files", () => {
  const data = readExactly('{"m": [{"a": 12345678901234567890.1230}, {"a": 1}]}') as { m: unknown };
  const [found] = tablesOf({ m: data.m }, () => undefined);
  expect(formatValue(found!.rows[0]!.a, found!.columns[0])).toBe("12,345,678,901,234,567,890.1230");
  expect(csvOf(found!)).toBe("a\r\n12345678901234567890.1230\r\n1\r\n");
});

test("rows are sorted by number, missing ones last", () => {
  const rows = [{ a: 10 }, { a: null }, { a: 9 }];
  expect(sorted(rows, { key: "a", isDescending: false }).map(({ a }) => a)).toEqual([9, 10, null]);
  expect(sorted(rows, { key: "a", isDescending: true }).map(({ a }) => a)).toEqual([10, 9, null]);
});

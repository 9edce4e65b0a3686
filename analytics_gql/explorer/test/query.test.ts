import { expect, test } from "vitest";

import { whyNot } from "../src/explorer/combine";
import { documentFile, FORMS } from "../src/explorer/forms";
import { type Built, type Change, firstQuery, read, type Variables, write } from "../src/explorer/query";
import { CATALOG, REASON } from "./catalog";

const FINANCE = `query Finance($start: Date!, $end: Date!) {
  orderMetrics(
    dateRange: { start: $start, end: $end }
    groupBy: [COUNTRY]
    where: { country: { in: ["DE", "FR"] }, or: [{ revenue: { gt: 5 } }] }
  ) {
    date
    country
    revenue
  }
  customer(id: "1") {
    name
  }
}
`;
const SPRING = { start: "2026-04-01", end: "2026-06-30" };

function built(text: string, variables: Variables = {}): Built {
  const reading = read(text, variables, CATALOG);
  if ("reason" in reading) throw new Error(reading.reason);
  return reading.built;
}

function changed(text: string, change: Change, variables: Variables = {}) {
  return write(text, variables, CATALOG, change);
}

test("a text is read with its variables", () => {
  expect(built(FINANCE, SPRING)).toMatchObject({
    metrics: ["revenue"],
    dimensions: ["country"],
    hasTime: true,
    range: SPRING,
    granularity: "DAY",
    conditions: [{ field: "country", operator: "in", values: ["DE", "FR"] }],
    otherConditions: 1,
  });
});

test.each<Change>([
  { kind: "metric", name: "grossMargin" },
  { kind: "dimension", name: "paymentMethod" },
  { kind: "time" },
])("what is added and taken out again leaves the text as it was: %o", (change) => {
  const once = changed(FINANCE, change).text;
  expect(once).not.toBe(FINANCE);
  const twice = changed(once, change).text;
  expect(twice.replaceAll(/\s/g, "")).toBe(FINANCE.replaceAll(/\s/g, ""));
});

test("what is written is read as it was meant, and everything else stays", () => {
  let text = FINANCE;
  for (const change of [
    { kind: "metric", name: "grossMargin" },
    { kind: "dimension", name: "paymentMethod" },
    { kind: "granularity", granularity: "WEEK" },
    { kind: "condition", condition: { field: "revenue", operator: "gte", values: ["10.50"] }, type: "Decimal" },
    { kind: "no-condition", field: "country", operator: "in" },
  ] satisfies Change[])
    text = changed(text, change).text;
  expect(built(text, SPRING)).toMatchObject({
    metrics: ["revenue", "grossMargin"],
    dimensions: ["country", "paymentMethod"],
    granularity: "WEEK",
    conditions: [{ field: "revenue", operator: "gte", values: ["10.50"] }],
    otherConditions: 1,
  });
  expect(text).toContain("revenue: {gte: 10.50}");
  expect(text).toContain('customer(id: "1")');
  // Before the metrics, as tables are read.
  expect(text.indexOf("paymentMethod\n")).toBeLessThan(text.indexOf("revenue\n"));
});

test("a range in variables is changed there", () => {
  const next = changed(FINANCE, { kind: "range", range: SPRING }, { start: "2026-01-01", end: "2026-01-31" });
  expect(next.variables).toEqual(SPRING);
  expect(next.text).toContain("dateRange: {start: $start, end: $end}");
});

test("a connection's rows are those of its nodes", () => {
  const paged = `{ orderMetricsConnection(first: 5, dateRange: { start: "2026-01-01", end: "2026-01-31" }) { nodes { country revenue } pageInfo { hasNextPage } } }`;
  expect(built(paged)).toMatchObject({ isConnection: true, metrics: ["revenue"], dimensions: ["country"] });
  const { text } = changed(paged, { kind: "metric", name: "grossMargin" });
  expect(text.replaceAll(/\s+/g, " ")).toContain("nodes { country revenue grossMargin }");
  expect(text).toContain("pageInfo");
});

test("values are quoted where their type asks for it", () => {
  const text = firstQuery(CATALOG.datasets[0]!, SPRING);
  const condition = { field: "country", operator: "in" as const, values: ['a "quoted" one', "true"] };
  expect(changed(text, { kind: "condition", condition, type: "String" }).text).toContain(
    'country: {in: ["a \\"quoted\\" one", "true"]}',
  );
});

test.each(["", "{ orderMetrics(", "{ customer(id: 1) { name } }", "subscription S { x }"])(
  "what cannot be built is left as it is: %s",
  (text) => {
    expect("reason" in read(text, {}, CATALOG)).toBe(true);
    expect(changed(text, { kind: "metric", name: "revenue" }).text).toBe(text);
  },
);

test("what does not go together is told with the server's reason", () => {
  const grouped = changed(firstQuery(CATALOG.datasets[0]!, SPRING), { kind: "dimension", name: "paymentMethod" }).text;
  expect(whyNot(built(grouped), "sessions")).toBe(REASON);
  expect(whyNot(built(grouped), "grossMargin")).toBeUndefined();
  const counted = changed(firstQuery(CATALOG.datasets[0]!, SPRING), { kind: "metric", name: "sessions" }).text;
  expect(whyNot(built(counted), "paymentMethod")).toBe(REASON);
});

test("a document is saved under its name, with its variables as an example", () => {
  const file = documentFile(FINANCE, SPRING);
  expect(file.name).toBe("finance.graphql");
  expect(file.text).toBe(`# example: {"start":"2026-04-01","end":"2026-06-30"}\n${FINANCE}`);
  expect(() => documentFile("{ orderMetrics { revenue } }", {})).toThrow("Give the query a name");
});

test("no form has the key itself in it", () => {
  const question = { query: FINANCE, variables: { name: "it's" }, hasKey: true, origin: "https://x.example/" };
  expect(FORMS.curl(question)).toContain(`"variables":{"name":"it'\\''s"}`);
  expect(FORMS.Python(question)).toContain('headers={"x-api-key": "YOUR_API_KEY"}');
  expect(FORMS.JavaScript(question)).toContain('fetch("https://x.example/graphql"');
  expect(FORMS["Google Sheets"](question)).toMatch(/^=IMPORTDATA\("https:\/\/x\.example\/graphql\?query=/);
  expect(FORMS.Excel(question)).toContain('[Headers = [#"x-api-key" = "YOUR_API_KEY"]]');
});

import { expect, test } from "vitest";

import type { ToldColumn } from "../src/shared/ask";
import { describing } from "../src/shared/describe";
import { tablesOf } from "../src/shared/tables";
import { told } from "./catalog";

function kinds(data: Record<string, unknown>, columns: ToldColumn[]) {
  return tablesOf(data, describing(columns)).map(({ name, columns: found }) => [
    name,
    ...found.map(({ key, kind }) => `${key} ${kind}`),
  ]);
}

test("a column is what the server says of its place, whatever it is called", () => {
  const columns = [told("sales.day", "date"), told("sales.money", "revenue"), told("sales.part", "grossMargin")];
  const data = { sales: [{ day: "2026-04-01", money: 10, part: null }] };
  const [table] = tablesOf(data, describing(columns));
  expect(table!.columns).toMatchObject([
    { key: "day", kind: "time" },
    { key: "money", kind: "metric", unit: "USD", format: "CURRENCY", isAdditive: true },
    { key: "part", kind: "metric", format: "PERCENT", isAdditive: false },
  ]);
});

test("columns of pages stand in their lists, those of edges below their nodes", () => {
  const page = { nodes: [{ country: "DE" }], list: [{ cursor: "a", n: { revenue: 1 } }], totalCount: 1 };
  const columns = [told("m.nodes.country"), told("m.list.n.revenue")];
  expect(kinds({ m: page }, columns)).toEqual([
    ["m.nodes", "country dimension"],
    ["m.list", "cursor dimension", "n.revenue metric"],
    ["m", "totalCount metric"],
  ]);
});

test("of records their types tell; what was looked up is neither drawn nor grouped by", () => {
  const field = (place: string, type: string): ToldColumn => ({ ...told(place), kind: "FIELD", type });
  const row = { id: 7, at: null, amount: null, customer: { name: "Ada", age: 36 } };
  const columns = [
    field("orders.nodes.id", "ID"),
    field("orders.nodes.at", "DateTime"),
    field("orders.nodes.amount", "Decimal"),
    field("orders.nodes.customer.name", "String"),
    field("orders.nodes.customer.age", "Int"),
  ];
  expect(kinds({ orders: { nodes: [row] } }, columns)).toEqual([
    ["orders.nodes", "id dimension", "at time", "amount metric", "customer.name other", "customer.age other"],
  ]);
});

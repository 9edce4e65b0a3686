import { expect, test } from "vitest";

import { categoryAxis } from "../src/chart/axes";

const THEME = { series: [], text: "", quiet: "", line: "", surface: "", low: "", high: "", font: "" };
const CHANNELS = ["direct", "organic", "paid_search", "social", "referral", "email"];

function labels(names: string[], width: number, kind: "dimension" | "time" = "dimension") {
  return (categoryAxis(THEME, names, { key: "at", kind }, width) as { axisLabel: object }).axisLabel;
}

test("all of a few names are told, aslant where they would cover each other", () => {
  expect(labels(CHANNELS, 600)).toMatchObject({ interval: 0, hideOverlap: false });
  expect(labels(CHANNELS, 600)).not.toHaveProperty("rotate");
  expect(labels(CHANNELS, 220)).toMatchObject({ interval: 0, hideOverlap: false, rotate: 38 });
});

test("of more names than there are lines for some are told, and of times always", () => {
  expect(labels(CHANNELS, 40)).toMatchObject({ hideOverlap: true });
  expect(labels(["2026-01-01", "2026-02-01"], 40, "time")).toMatchObject({ hideOverlap: true });
});

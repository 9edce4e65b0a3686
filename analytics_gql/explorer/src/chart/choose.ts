/** Which chart suits a table: decided by what was selected, never by what the data happens to be. */

import type { ChartForm, Column } from "../shared/boot";
import { toNumber } from "../shared/exact";
import type { Row, Table } from "../shared/tables";

/** More series, or bars, than these cannot be told apart. The largest are drawn, and it is said. */
export const MOST_SERIES = 8;
export const MOST_BARS = 40;
const MOST_CELLS = 40;
/** Metrics share an axis if the smaller one can still be seen on it. */
const SAME_SCALE = 25;

/** What the columns of a table are for. */
export interface Roles {
  time?: Column;
  dimensions: Column[];
  metrics: Column[];
}

export interface Plan {
  form: ChartForm;
  /** The forms that make sense, this one among them. */
  forms: ChartForm[];
  roles: Roles;
}

export function rolesOf(table: Table): Roles {
  const time = table.columns.find((column) => column.kind === "time");
  const metrics = table.columns.filter(
    (column) =>
      column.kind === "metric" && table.rows.some((row) => toNumber(row[column.key]) !== null),
  );
  return { time, metrics, dimensions: dimensionsOf(table, time) };
}

/** A key whose name was looked up beside it is shown by that name: `product.name`, not `productId`. */
function dimensionsOf(table: Table, time: Column | undefined): Column[] {
  const named = table.columns.filter(({ key }) => /\.(name|title|label)$/.test(key));
  return table.columns
    .filter((column) => column.kind === "dimension" && column !== time)
    .map((column) => {
      const stem = column.key.replace(/(Id|Code|Key)$/, "").toLowerCase();
      const name = named.find(({ key }) => {
        const link = key.split(".")[0]?.toLowerCase() ?? "";
        return link === stem || link === `${stem}info`;
      });
      return name ?? column;
    });
}

export function choose(table: Table): Plan {
  const roles = rolesOf(table);
  const forms = formsOf(table, roles);
  return { form: forms[0] ?? "table", forms, roles };
}

/** The best form first. */
function formsOf(table: Table, { time, dimensions, metrics }: Roles): ChartForm[] {
  const [metric] = metrics;
  if (!metric || !table.rows.length) return ["table"];
  if (!time && !dimensions.length) return table.rows.length === 1 ? ["number"] : ["table"];
  if (time) {
    if (!dimensions.length) return ["line", "bar"];
    return canBeStacked(metric)
      ? ["line", "stacked", "grouped", "heatmap"]
      : ["line", "grouped", "heatmap"];
  }
  if (dimensions.length === 1) return ["bar"];
  // Parts of a ratio do not add up to it: two dimensions of one are a map.
  if (!canBeStacked(metric)) return ["heatmap", "grouped"];
  const second = distinct(table.rows, dimensions[1]!).length;
  return second <= MOST_SERIES ? ["stacked", "grouped", "heatmap"] : ["heatmap", "stacked", "grouped"];
}

export function canBeStacked(metric: Column): boolean {
  if (metric.isAdditive !== undefined) return metric.isAdditive;
  return metric.format !== "PERCENT" && metric.format !== "DURATION" && !/^average|per[A-Z]/.test(metric.key);
}

export function distinct(rows: Row[], column: Column): string[] {
  return [...new Set(rows.map((row) => category(row, column)))];
}

/** A missing value is a category of its own, and is shown as one. */
export function category(row: Row, column: Column): string {
  const value = row[column.key];
  return value === null || value === undefined || value === "" ? "(none)" : String(value);
}

/** The name of a row's series: its values of all dimensions that are not on the axis. */
export function seriesName(row: Row, columns: Column[]): string {
  return columns.map((column) => category(row, column)).join(" · ");
}

/** The metrics to draw on one axis with this one. */
export function alongside(metric: Column, metrics: Column[], rows: Row[]): Column[] {
  const size = (column: Column) =>
    Math.max(...rows.map((row) => Math.abs(toNumber(row[column.key]) ?? 0)), 0);
  const own = size(metric);
  return metrics.filter((other) => {
    if (other === metric) return true;
    if (other.unit !== metric.unit || other.format !== metric.format) return false;
    const theirs = size(other);
    return theirs > 0 && own > 0 && theirs / own < SAME_SCALE && own / theirs < SAME_SCALE;
  });
}

export interface Ranked {
  kept: string[];
  left: number;
}

/** The names with the largest sums of a metric's sizes, the largest first. */
export function largest(names: string[], size: (name: string) => number, most: number): Ranked {
  const ranked = [...names].sort((one, other) => size(other) - size(one));
  return { kept: ranked.slice(0, most), left: Math.max(ranked.length - most, 0) };
}

export { MOST_CELLS };

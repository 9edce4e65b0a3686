/** Numbers and days as people read them, by what the model says of their column. */

import type { Column } from "./boot";
import { exactText, isNumeric, toNumber, type Value } from "./exact";

const LANGUAGE = "en-US";
const cached = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let found = cached.get(key);
  if (!found) cached.set(key, (found = new Intl.NumberFormat(LANGUAGE, options)));
  return found;
}

/** In full, as in a table: `$1,234.50`, `45.6 %`, `2.8 s`. */
export function formatValue(value: Value | undefined, column?: Column): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return column?.kind === "time" ? formatTime(value) : value;
  return formatNumber(toNumber(value) ?? NaN, column, false, exactText(value));
}

/** Short, as on an axis or in a tile: `$1.2M`. */
export function formatShort(value: number, column?: Column): string {
  return formatNumber(value, column, true);
}

function formatNumber(value: number, column?: Column, short = false, exact?: string): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const compact: Intl.NumberFormatOptions =
    short && size >= 10_000 ? { notation: "compact", maximumFractionDigits: 1 } : {};
  switch (column?.format) {
    case "PERCENT":
      return formatter({
        style: "percent",
        minimumFractionDigits: short ? 0 : 1,
        maximumFractionDigits: size < 0.1 ? 2 : 1,
      }).format(value);
    case "CURRENCY": {
      const digits = size > 0 && size < 1 ? { maximumSignificantDigits: 3 } : cents(short, size);
      return formatter({
        style: "currency",
        currency: column.unit && /^[A-Z]{3}$/.test(column.unit) ? column.unit : "USD",
        ...digits,
        ...compact,
      }).format(value);
    }
    case "DURATION":
      return duration(value, column.unit ?? "s");
    case "BYTES":
      return bytes(value);
  }
  const unit = column?.unit ? ` ${column.unit}` : "";
  if (short) return formatter({ maximumFractionDigits: 2, ...compact }).format(value) + unit;
  return (exact === undefined ? grouped(String(value)) : grouped(exact)) + unit;
}

function cents(short: boolean, size: number): Intl.NumberFormatOptions {
  return short && (size >= 1_000 || size === 0)
    ? { maximumFractionDigits: 0 }
    : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
}

/** All digits of a decimal, in groups of three before the point. */
function grouped(digits: string): string {
  return digits.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

const SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 };

function duration(value: number, unit: string): string {
  const seconds = value * (SECONDS[unit] ?? 1);
  const size = Math.abs(seconds);
  const short = (number: number) => formatter({ maximumSignificantDigits: 3 }).format(number);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${short(seconds * 1e6)} µs`;
  if (size < 1) return `${short(seconds * 1e3)} ms`;
  if (size < 120) return `${short(seconds)} s`;
  if (size < 7_200) return `${short(seconds / 60)} min`;
  return `${short(seconds / 3_600)} h`;
}

function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = value;
  let step = 0;
  while (Math.abs(size) >= 1_000 && step < units.length - 1) {
    size /= 1_000;
    step += 1;
  }
  return `${formatter({ maximumFractionDigits: step ? 1 : 0 }).format(size)} ${units[step]}`;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A day as it is, an instant by the minute in UTC: no zone is guessed. */
export function formatTime(text: string): string {
  if (DAY.test(text)) return text;
  const midnight = /^(\d{4}-\d{2}-\d{2})T00:00:00(?:\.0+)?Z$/.exec(text);
  if (midnight?.[1]) return midnight[1];
  return text.replace("T", " ").replace(/:\d{2}(?:\.\d+)?Z$/, " UTC");
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** How the buckets of an axis are called: months by name where all of them are months. */
export function bucketNames(buckets: string[]): (bucket: string) => string {
  const areMonths = buckets.length > 1 && buckets.every((bucket) => /^\d{4}-\d{2}-01(T00:00:00Z)?$/.test(bucket));
  if (!areMonths) return formatTime;
  return (bucket) => `${MONTHS[Number(bucket.slice(5, 7)) - 1]} ${bucket.slice(0, 4)}`;
}

/** `grossMargin` → `Gross margin`; `product.name` → `Product name`. */
export function label(key: string): string {
  const words = key
    .replaceAll(".", " ")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase()
    .trim();
  return words.replace(/\bp(50|90|95|99)\b/g, "P$1").replace(/^./, (first) => first.toUpperCase()) || key;
}

export function isMissing(value: Value | undefined): boolean {
  return value === null || value === undefined;
}

export function isNumberColumn(rows: Record<string, Value>[], key: string): boolean {
  return rows.some((row) => isNumeric(row[key]));
}

/** Days as texts, `2026-04-01`: the calendar of the data, never that of the reader's zone. */

const DAY_MS = 86_400_000;

export interface Days {
  start: string;
  end: string;
}

export function plus(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many there are from start to end, both included. */
export function count({ start, end }: Days): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / DAY_MS) + 1;
}

export function isDay(text: string | null | undefined): text is string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(Date.parse(text!));
}

/** The days that end at one: so many of them. */
export function lastDays(end: string, days: number): Days {
  return { start: plus(end, 1 - days), end };
}

/** As many days, right before. */
export function before(days: Days): Days {
  return lastDays(plus(days.start, -1), count(days));
}

export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** A bucket that leaves between some ten and some hundred points. */
export function granularityFor(days: Days): "DAY" | "WEEK" | "MONTH" {
  const length = count(days);
  return length <= 62 ? "DAY" : length <= 200 ? "WEEK" : "MONTH";
}

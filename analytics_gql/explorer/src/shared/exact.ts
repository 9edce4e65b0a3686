/**
 * Numbers with every digit that was sent. JavaScript's own would round decimals of more than some
 * 15 digits; where the browser can (JSON.rawJSON), the text of such a number is kept beside it.
 */

export interface RawNumber {
  rawJSON: string;
}

export type Value = string | number | boolean | null | RawNumber;

interface SourceText {
  source?: string;
}
type Reviver = (this: unknown, key: string, value: unknown, context?: SourceText) => unknown;
interface RawJson {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON?(text: string): RawNumber;
}

const json = JSON as unknown as RawJson;

/** Reads JSON; a number that JavaScript would write otherwise stays as it was sent. */
export function readExactly(text: string): unknown {
  const { rawJSON } = json;
  if (!rawJSON) return JSON.parse(text);
  return json.parse(text, (_key, value, context) => {
    const source = context?.source;
    return typeof value === "number" && source !== undefined && String(value) !== source
      ? rawJSON(source)
      : value;
  });
}

export function isRaw(value: unknown): value is RawNumber {
  return typeof value === "object" && value !== null && "rawJSON" in value;
}

export function isNumeric(value: Value | undefined): value is number | RawNumber {
  return typeof value === "number" || isRaw(value);
}

/** The nearest number, for drawing; null for what is none. */
export function toNumber(value: Value | undefined): number | null {
  if (typeof value === "number") return value;
  return isRaw(value) ? Number(value.rawJSON) : null;
}

/** The value as text with all its digits, for files and tooltips. */
export function exactText(value: Value | undefined): string {
  if (value === null || value === undefined) return "";
  return isRaw(value) ? value.rawJSON : String(value);
}

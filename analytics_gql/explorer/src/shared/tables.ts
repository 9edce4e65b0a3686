/** A GraphQL answer as tables: for each root field its rows, flat, and what is known of columns. */

import type { Column } from "./boot";
import { isNumeric, isRaw, type Value } from "./exact";

export type Row = Record<string, Value>;

export interface Table {
  name: string;
  columns: Column[];
  rows: Row[];
  /** Whether it is a list, and not one entity or value. */
  isList: boolean;
}

/** What is known of a root field's columns, by the path of the field. */
export type Describe = (name: string) => Column[] | undefined;

export function tablesOf(data: Record<string, unknown> | null | undefined, describe: Describe): Table[] {
  return Object.entries(data ?? {}).flatMap(([name, value]) => tablesIn(name, value, describe));
}

function tablesIn(name: string, value: unknown, describe: Describe): Table[] {
  if (!isObject(value)) return [table(name, [{ [name]: value as Value }], false, describe)];
  if (Array.isArray(value)) return [table(name, value.map(flat), true, describe)];
  const members = Object.entries(value);
  const lists = members.filter(([, member]) => Array.isArray(member)) as [string, unknown[]][];
  const rest = Object.fromEntries(members.filter(([, member]) => !Array.isArray(member)));
  const { pageInfo: _pageInfo, ...alone } = rest;
  return [
    ...lists.map(([key, rows]) => table(`${name}.${key}`, rows.map(flat), true, describe)),
    ...(Object.keys(alone).length ? [table(name, [flat(alone)], false, describe)] : []),
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !isRaw(value);
}

/** Look-ups within a row become columns of their own: `product.name`. */
function flat(row: unknown): Row {
  if (!isObject(row)) return {};
  const found: Row = {};
  for (const [key, value] of Object.entries(row)) {
    if (Array.isArray(value)) found[key] = JSON.stringify(value);
    else if (isObject(value))
      for (const [inner, item] of Object.entries(flat(value))) found[`${key}.${inner}`] = item;
    else found[key] = value as Value;
  }
  return found;
}

const DAY_OR_INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?$/;

function table(name: string, rows: Row[], isList: boolean, describe: Describe): Table {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const known = new Map(describe(name)?.map((column) => [column.key, column]));
  const columns = keys.map((key) => known.get(key) ?? guessed(key, rows));
  return { name, columns, rows, isList };
}

/** What a column of a list is by its values, where the model has not been asked. */
function guessed(key: string, rows: Row[]): Column {
  const values = rows.map((row) => row[key]).filter((value) => value !== null && value !== undefined);
  if (values.length && values.every(isNumeric)) return { key, kind: "metric" };
  if (values.length && values.every((value) => typeof value === "string" && DAY_OR_INSTANT.test(value)))
    return { key, kind: "time" };
  return { key, kind: key.includes(".") ? "other" : "dimension" };
}

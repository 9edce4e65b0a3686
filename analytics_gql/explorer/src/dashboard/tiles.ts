/** What a tile asks, and what it makes of the answer. */

import type { Column, Dashboard, Tile } from "../shared/boot";
import { type Days, granularityFor } from "../shared/days";
import { documentUrl, type Parameters } from "../shared/ask";
import { type Table, tablesOf } from "../shared/tables";

/** The URL of a tile's document, with the variables that the document has. */
export function tileUrl(dashboard: Dashboard, tile: Tile, days: Days, picked: string[]): string {
  const { identifier } = dashboard.documents[tile.document]!;
  return documentUrl(identifier, tileVariables(dashboard, tile, days, picked));
}

/** What the page and the tile give to the variables that the document has. */
export function tileVariables(
  dashboard: Dashboard,
  tile: Tile,
  days: Days,
  picked: string[],
): Parameters {
  const offered: Parameters = {
    start: days.start,
    end: days.end,
    granularity: granularityFor(days),
    ...(dashboard.filter && picked.length ? { [dashboard.filter.variable]: picked } : {}),
    ...tile.variables,
  };
  const has = new Set(dashboard.documents[tile.document]!.variables);
  return Object.fromEntries(Object.entries(offered).filter(([name]) => has.has(name)));
}

/** Whether the picked values change what a tile shows. */
export function isFiltered(dashboard: Dashboard, tile: Tile): boolean {
  const { filter } = dashboard;
  return !filter || dashboard.documents[tile.document]!.variables.includes(filter.variable);
}

/** Whether a tile shows the picked values themselves, so that it keeps all and marks those. */
export function isPicking(dashboard: Dashboard, tile: Tile): boolean {
  const { filter } = dashboard;
  return !!filter && tile.document === filter.document && tile.field === filter.field;
}

export function tileTable(
  dashboard: Dashboard,
  tile: Tile,
  data: Record<string, unknown> | null | undefined,
): Table | undefined {
  const described = dashboard.columns[tile.document] ?? {};
  const describe = (name: string) => described[name.split(".")[0] ?? ""];
  const tables = tablesOf(data, describe);
  const found = tables.find(({ name }) => name === tile.field || name.startsWith(`${tile.field}.`));
  if (!found || !tile.columns) return found;
  const { columns: wanted } = tile;
  const columns = wanted
    .map((key) => found.columns.find((column) => column.key === key))
    .filter((column): column is Column => !!column);
  return { ...found, columns };
}

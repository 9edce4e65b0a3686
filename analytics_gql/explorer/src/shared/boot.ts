/** What the server writes into a page, so that it need not be asked for. */

export type Kind = "time" | "dimension" | "metric" | "other";

/** How a column is to be read and shown, as the model has it. */
export interface Column {
  key: string;
  kind: Kind;
  description?: string;
  unit?: string;
  format?: "NUMBER" | "CURRENCY" | "PERCENT" | "DURATION" | "BYTES";
  better?: "UP" | "DOWN";
  /** Whether its parts add up to the whole; where it is not known, the format has to tell. */
  isAdditive?: boolean;
}

export type ChartForm = "number" | "line" | "bar" | "stacked" | "grouped" | "heatmap" | "table";

/** A registered document, as a tile asks it: by its identifier, with the variables that it has. */
export interface RegisteredDocument {
  identifier: string;
  variables: string[];
}

export interface Tile {
  title: string;
  description?: string;
  document: string;
  field: string;
  chart?: ChartForm;
  columns?: string[];
  variables?: Record<string, string | number | boolean>;
  compare?: boolean;
  width: number;
}

export interface Filter {
  label: string;
  variable: string;
  document: string;
  field: string;
  column: string;
}

export type Range = { start: string; end: string } | { days: number };

export interface Dashboard {
  name: string;
  title: string;
  description?: string;
  range: Range;
  filter?: Filter;
  tiles: Tile[];
  documents: Record<string, RegisteredDocument>;
  /** By document and response key of a root field. */
  columns: Record<string, Record<string, Column[]>>;
  /** The same keys: the subscription that follows the field, where the server has one. */
  live: Record<string, Record<string, string>>;
}

export interface DashboardLink {
  name: string;
  title: string;
  description?: string;
}

export interface ExampleTab {
  query: string;
  variables: string;
}

export interface Boot {
  version: string;
  dashboards: DashboardLink[];
  tabs?: ExampleTab[];
  dashboard?: Dashboard;
}

export function boot(): Boot {
  const written = document.getElementById("boot")?.textContent;
  if (!written) return { version: "", dashboards: [] };
  return JSON.parse(written) as Boot;
}

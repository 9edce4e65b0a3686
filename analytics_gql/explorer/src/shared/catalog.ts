/** The server's catalog: what may be asked, as this caller sees it. */

import { useEffect, useState } from "react";

import { type GraphQLProblem, post } from "./ask";
import type { Column } from "./boot";
import { useApiKey } from "./key";

export interface Exclusion {
  name: string;
  reason: string;
  hint: string;
}

export interface Metric {
  name: string;
  label: string;
  description: string | null;
  type: string;
  unit: string | null;
  format: Column["format"] | null;
  better: Column["better"] | null;
  formula: string;
  additivity: "ADDITIVE" | "SMALLEST" | "LARGEST" | "NOT_ADDITIVE";
  orderBy: string;
  dimensions: string[];
  metrics: string[];
  excluded: Exclusion[];
  granularities: string[];
}

export interface Dimension {
  name: string;
  label: string;
  description: string | null;
  type: string;
  groupBy: string;
  orderBy: string;
}

export interface Dataset {
  name: string;
  label: string;
  description: string | null;
  rootField: string | null;
  connectionField: string | null;
  hasDateRange: boolean;
  timezone: string;
  granularities: string[];
  time: { name: string; label: string; description: string | null; type: string } | null;
  timeRange?: { start: string; end: string } | null;
  freshness?: string | null;
  metrics: Metric[];
  dimensions: Dimension[];
}

export interface Rows {
  name: string;
  label: string;
  description: string | null;
  rootField: string | null;
}

export interface Catalog {
  datasets: Dataset[];
  records: Rows[];
  entities: (Rows & { listField: string | null })[];
}

const CATALOG = `query Catalog {
  catalog {
    datasets {
      name label description rootField connectionField hasDateRange timezone granularities
      time { name label description type }
      timeRange { start end }
      freshness
      metrics {
        name label description type unit format better formula additivity orderBy
        dimensions metrics excluded { name reason hint } granularities
      }
      dimensions { name label description type groupBy orderBy }
    }
    records { name label description rootField }
    entities { name label description rootField listField }
  }
}`;

const VALUES = `query Values($dataset: String!, $dimension: String!, $search: String, $first: Int!) {
  catalog {
    datasets(name: $dataset) { dimensions(name: $dimension) { values(search: $search, first: $first) } }
  }
}`;

export interface LoadedCatalog {
  catalog?: Catalog;
  problems: GraphQLProblem[];
}

/** The catalog of whoever the key stands for; asked anew when the key changes. */
export function useCatalog(): LoadedCatalog {
  const key = useApiKey();
  const [loaded, setLoaded] = useState<LoadedCatalog>({ problems: [] });
  useEffect(() => {
    const leaving = new AbortController();
    post({ query: CATALOG, operationName: "Catalog" }, leaving.signal).then(
      ({ answer }) =>
        setLoaded({
          catalog: (answer.data?.catalog as Catalog | null | undefined) ?? undefined,
          problems: answer.errors ?? [],
        }),
      (error: unknown) => {
        if (!leaving.signal.aborted)
          setLoaded({ problems: [{ message: `the server cannot be reached: ${String(error)}` }] });
      },
    );
    return () => leaving.abort();
  }, [key]);
  return loaded;
}

interface FoundValues {
  datasets: { dimensions: { values: string[] | null }[] }[];
}

/** Values of a dimension that contain a text, for suggestions. */
export async function valuesOf(
  dataset: string,
  dimension: string,
  search: string,
  signal: AbortSignal,
): Promise<string[]> {
  const variables = { dataset, dimension, search: search || null, first: 20 };
  const { answer } = await post({ query: VALUES, operationName: "Values", variables }, signal);
  const found = answer.data?.catalog as FoundValues | null | undefined;
  return found?.datasets[0]?.dimensions[0]?.values ?? [];
}

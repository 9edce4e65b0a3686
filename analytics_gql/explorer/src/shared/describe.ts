/** What the columns of an answer are: the server says so of each by its place. */

import type { ToldColumn } from "./ask";
import type { Kind } from "./boot";
import type { Describe } from "./tables";

const NUMBERS = new Set(["Int", "Float", "BigInt", "Decimal"]);
const TIMES = new Set(["Date", "DateTime"]);

/** Tables are found by their path in the answer; columns by what is left of theirs. */
export function describing(told: ToldColumn[] | undefined): Describe {
  return (name) => {
    const path = name.split(".");
    const within = (told ?? []).filter(({ path: own }) => path.every((part, at) => own[at] === part));
    // The rows' own are the least deep. What lies deeper was looked up.
    const depth = Math.min(...within.map(({ path: own }) => own.length));
    return within.map((column) => ({
      key: column.path.slice(path.length).join("."),
      kind: kindOf(column, column.path.length > depth),
      description: column.description ?? undefined,
      unit: column.unit ?? undefined,
      format: column.format ?? undefined,
      better: column.better ?? undefined,
      isAdditive: column.additivity === null ? undefined : column.additivity === "ADDITIVE",
    }));
  };
}

function kindOf({ kind, type }: ToldColumn, isLookedUp: boolean): Kind {
  if (kind !== "FIELD") return kind.toLowerCase() as Kind;
  if (isLookedUp) return "other";
  return NUMBERS.has(type) ? "metric" : TIMES.has(type) ? "time" : "dimension";
}

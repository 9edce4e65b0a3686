/** What goes with what: the server says so in its catalog, and its reasons are shown. */

import type { Built } from "./query";

/** Why a metric or dimension cannot be added to what is there; undefined if it can. */
export function whyNot(built: Built, name: string): string | undefined {
  const { dataset } = built;
  const own = dataset.metrics.find((metric) => metric.name === name);
  const chosen = built.metrics.map((metric) => dataset.metrics.find((each) => each.name === metric)!);
  if (own) {
    const others = [...built.dimensions, ...built.metrics];
    const clash = own.excluded.find((exclusion) => others.includes(exclusion.name));
    if (clash) return clash.reason;
    if (built.hasTime && own.granularities.length && !own.granularities.includes(built.granularity))
      return `it is not known by ${built.granularity.toLowerCase()}`;
    return undefined;
  }
  return chosen.flatMap(({ excluded }) => excluded).find((exclusion) => exclusion.name === name)?.reason;
}

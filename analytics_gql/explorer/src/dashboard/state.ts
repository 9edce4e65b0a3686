/** What a dashboard shows: range and picked values, which live in the page's URL. */

import type { Dashboard } from "../shared/boot";
import { type Days, isDay, lastDays, today } from "../shared/days";

export interface State extends Days {
  picked: string[];
  isLive: boolean;
}

export function defaultDays(dashboard: Dashboard): Days {
  const { range } = dashboard;
  return "days" in range ? lastDays(today(), range.days) : range;
}

export function readState(dashboard: Dashboard, search: string): State {
  const found = new URLSearchParams(search);
  const { start, end } = defaultDays(dashboard);
  const [from, to] = [found.get("start"), found.get("end")];
  const own = isDay(from) && isDay(to) && from <= to ? { start: from, end: to } : { start, end };
  const picked = dashboard.filter ? found.getAll(dashboard.filter.variable).filter(Boolean) : [];
  return { ...own, picked, isLive: found.get("live") === "on" };
}

/** Only what differs from what the dashboard opens with: links stay short. */
export function writeState(dashboard: Dashboard, state: State): string {
  const query = new URLSearchParams();
  const { start, end } = defaultDays(dashboard);
  if (state.start !== start || state.end !== end) {
    query.set("start", state.start);
    query.set("end", state.end);
  }
  if (dashboard.filter) for (const value of state.picked) query.append(dashboard.filter.variable, value);
  if (state.isLive) query.set("live", "on");
  const text = query.toString();
  return text ? `?${text}` : "";
}

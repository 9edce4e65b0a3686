/** The colours of charts, read from the page's style so that light and dark are said once. */

import { useSyncExternalStore } from "react";

export interface Theme {
  series: string[];
  text: string;
  quiet: string;
  line: string;
  surface: string;
  low: string;
  high: string;
  font: string;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const STORED = "analytics-gql:scheme";
const listeners = new Set<() => void>();

export type Scheme = "light" | "dark" | "auto";

export function scheme(): Scheme {
  const stored = localStorage.getItem(STORED);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

export function isDark(): boolean {
  const chosen = scheme();
  return chosen === "auto" ? dark.matches : chosen === "dark";
}

export function applyScheme(): void {
  document.documentElement.dataset.scheme = isDark() ? "dark" : "light";
}

export function setScheme(chosen: Scheme): void {
  if (chosen === "auto") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, chosen);
  changed();
}

function changed(): void {
  applyScheme();
  for (const tell of listeners) tell();
}

dark.addEventListener("change", changed);

export function useIsDark(): boolean {
  return useSyncExternalStore((tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, isDark);
}

export function useScheme(): Scheme {
  return useSyncExternalStore((tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, scheme);
}

export function readTheme(): Theme {
  // A custom property is read as it is written, `light-dark(…)`; a colour as it is computed.
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const value = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const theme = themeOf(value);
  probe.remove();
  return theme;
}

function themeOf(value: (name: string) => string): Theme {
  return {
    series: Array.from({ length: 8 }, (_, index) => value(`--series-${index + 1}`)),
    text: value("--text"),
    quiet: value("--quiet"),
    line: value("--line"),
    surface: value("--surface"),
    low: value("--heat-low"),
    high: value("--heat-high"),
    font: getComputedStyle(document.documentElement).fontFamily,
  };
}

/** The API key: kept by this tab's session alone, sent with what this page asks, and nowhere else. */

import { useSyncExternalStore } from "react";

const NAME = "analytics-gql:api-key";
const listeners = new Set<() => void>();

export function apiKey(): string {
  return sessionStorage.getItem(NAME) ?? "";
}

export function setApiKey(key: string): void {
  if (key) sessionStorage.setItem(NAME, key);
  else sessionStorage.removeItem(NAME);
  for (const tell of listeners) tell();
}

export function useApiKey(): string {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    apiKey,
    apiKey,
  );
}

/** Asking the server: ad hoc by POST, registered documents by GET, as any frontend would. */

import { readExactly } from "./exact";
import { apiKey } from "./key";

export interface GraphQLProblem {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; hint?: string; requestId?: string };
}

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: GraphQLProblem[];
  extensions?: { cost?: { requested?: number }; [name: string]: unknown };
}

/** What the headers of an answer tell of the caller's limits. */
export interface RateState {
  limit?: number;
  remaining?: number;
  resetS?: number;
  retryAfterS?: number;
}

export interface Reply {
  answer: Answer;
  status: number;
  ms: number;
  rate: RateState;
}

export async function post(body: object | string, signal?: AbortSignal): Promise<Reply> {
  return send("graphql", {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json" },
    signal,
  });
}

export type Parameters = Record<string, string | number | boolean | string[] | undefined>;

/** The short URL of a registered document; lists are separated by commas. */
export function documentUrl(identifier: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (Array.isArray(value) && value.some((item) => item.includes(","))) {
      for (const item of value) query.append(name, item);
    } else query.append(name, String(value));
  }
  return `graphql/p/${encodeURIComponent(identifier)}?${query}`;
}

export async function getDocument(url: string, signal?: AbortSignal): Promise<Reply> {
  return send(url, { method: "GET", signal });
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  const key = apiKey();
  const headers = { ...init.headers, ...(key ? { "x-api-key": key } : {}) };
  const started = performance.now();
  const response = await fetch(new URL(url, document.baseURI), { ...init, headers });
  const text = await response.text();
  const ms = performance.now() - started;
  const answer = readAnswer(text, response.status);
  return { answer, status: response.status, ms, rate: rateOf(response.headers) };
}

function readAnswer(text: string, status: number): Answer {
  try {
    return readExactly(text) as Answer;
  } catch {
    // A proxy's page, most likely: what it says is of no use here, its status is.
    return { errors: [{ message: `the server answered with status ${status} and no JSON` }] };
  }
}

export function rateOf(headers: Headers): RateState {
  return {
    limit: numberIn(headers, "x-ratelimit-limit"),
    remaining: numberIn(headers, "x-ratelimit-remaining"),
    resetS: numberIn(headers, "x-ratelimit-reset"),
    retryAfterS: numberIn(headers, "retry-after"),
  };
}

function numberIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name);
  const number = value === null ? NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}

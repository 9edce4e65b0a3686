/** Asking the server: ad hoc by POST, registered documents by GET, as any frontend would. */

import type { Column } from "./boot";
import { nextEvents } from "./events";
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
  extensions?: { cost?: Cost; columns?: ToldColumn[]; [name: string]: unknown };
}

/** In points the first, in tokens of the caller's rate the others. */
export interface Cost {
  requested?: number;
  charged?: number;
  remaining?: number;
}

/** What the server says of a column, by its place in the answer. */
export interface ToldColumn {
  path: string[];
  of: string;
  name: string;
  kind: "TIME" | "DIMENSION" | "METRIC" | "FIELD";
  type: string;
  unit: string | null;
  format: Column["format"] | null;
  better: Column["better"] | null;
  additivity: "ADDITIVE" | "SMALLEST" | "LARGEST" | "NOT_ADDITIVE" | null;
  description: string | null;
}

/** Sent along by who wants to be told of the columns. */
export const WITH_COLUMNS = { columns: true };

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

/** A subscription's replies, as they come; the time of each is that since the one before. */
export type Replies = AsyncIterableIterator<Reply, undefined>;

/** The replies to a subscription. One that is refused has one, as a POST has. */
export async function subscribe(body: object): Promise<Reply | Replies> {
  let since = performance.now();
  const response = await ask("graphql", {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", accept: "text/event-stream" },
  });
  if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream"))
    return replyOf(response, since);
  const events = nextEvents(response.body);
  const { status } = response;
  const rate = rateOf(response.headers);
  const replies: Replies = {
    [Symbol.asyncIterator]: () => replies,
    async next() {
      const event = await events.next();
      if (event.done) return event;
      const ms = performance.now() - since;
      since += ms;
      return { done: false, value: { answer: readAnswer(event.value, status), status, ms, rate } };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
  };
  return replies;
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  const started = performance.now();
  return replyOf(await ask(url, init), started);
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const key = apiKey();
  const headers = { ...init.headers, ...(key ? { "x-api-key": key } : {}) };
  return fetch(new URL(url, document.baseURI), { ...init, headers });
}

async function replyOf(response: Response, started: number): Promise<Reply> {
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

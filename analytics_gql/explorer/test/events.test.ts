import { expect, test, vi } from "vitest";

import { nextEvents } from "../src/shared/events";

const STREAM = [
  ":\n\n",
  'event: next\r\ndata: {"a":\r\ndata: "\u00e9"}\r\n\r\n',
  ": still here\n\n",
  "event: other\ndata: 0\n\n",
  "event: next\ndata: 2\n\n",
  "event: complete\ndata:\n\n",
  "event: next\ndata: too late\n\n",
].join("");

function body(text: string, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

test.each([1, 2, 3, 7, 1_000])("events are the same in pieces of %d bytes", async (size) => {
  const found: string[] = [];
  for await (const data of nextEvents(body(STREAM, size))) found.push(data);
  expect(found).toEqual(['{"a":\n"\u00e9"}', "2"]);
});

test("a stream that ends before it is complete says so", async () => {
  const events = nextEvents(body("event: next\ndata: 1\n\n", 5));
  expect(await events.next()).toEqual({ done: false, value: "1" });
  await expect(events.next()).rejects.toThrow("the connection ended");
});

test("who leaves waits no longer, and ends the connection", async () => {
  const cancel = vi.fn();
  const events = nextEvents(new ReadableStream({ cancel }));
  const waiting = events.next();
  await events.return!();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(await events.next()).toEqual({ done: true, value: undefined });
  expect(cancel).toHaveBeenCalledOnce();
});

/** Server-sent events of an answer, read by a parser that knows all of the format. */

import { EventSourceParserStream } from "eventsource-parser/stream";

/**
 * The data of each `next` event until `complete`. Raises an error if the stream breaks off before.
 *
 * Made by hand and no generator: `return()` has to end a wait, and a generator's waits its turn.
 */
export function nextEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncIterableIterator<string, undefined> {
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  let isOver = false;
  const leave = async (): Promise<IteratorReturnResult<undefined>> => {
    isOver = true;
    // Whoever waits for an event is told that there are no more; the connection ends with it.
    await events.cancel();
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      while (!isOver) {
        const { done, value: event } = await events.read();
        if (done && !isOver) throw new Error("the connection ended: run it again to go on");
        if (done || event.event === "complete") break;
        if (event.event === "next") return { done: false, value: event.data };
      }
      return leave();
    },
    return: leave,
  };
}

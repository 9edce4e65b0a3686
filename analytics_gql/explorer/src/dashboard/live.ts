/**
 * One socket for all tiles of a page: graphql-transport-ws, as far as a dashboard needs it.
 *
 * Messages come when the data has changed. A connection that breaks is made again, ever more
 * slowly; one that the server refuses (its codes begin with 44) is not.
 */

import type { Answer, GraphQLProblem } from "../shared/ask";

export type LiveStatus = "connecting" | "connected" | "refused";

export interface Subscription {
  query: string;
  variables: Record<string, unknown>;
  onAnswer: (answer: Answer) => void;
}

interface Message {
  type: string;
  id?: string;
  payload?: unknown;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export class LiveSocket {
  private socket: WebSocket | undefined;
  private readonly followed = new Map<string, Subscription>();
  private count = 0;
  private pause = FIRST_PAUSE_MS;
  private timer: number | undefined;
  private isAcknowledged = false;
  private isOver = false;

  constructor(
    private readonly key: string,
    private readonly onStatus: (status: LiveStatus, reason?: string) => void,
  ) {
    this.connect();
  }

  /** Follow a subscription, over every connection to come, until what comes back is called. */
  follow(subscription: Subscription): () => void {
    const id = String(++this.count);
    this.followed.set(id, subscription);
    if (this.isAcknowledged) this.subscribe(id, subscription);
    return () => {
      if (this.followed.delete(id) && this.isAcknowledged) this.send({ id, type: "complete" });
    };
  }

  close(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  private connect(): void {
    this.onStatus("connecting");
    const url = new URL("graphql", document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, "graphql-transport-ws");
    this.socket = socket;
    socket.onopen = () => {
      const payload = this.key ? { "x-api-key": this.key } : {};
      this.send({ type: "connection_init", payload });
    };
    socket.onmessage = ({ data }) => this.hear(JSON.parse(String(data)) as Message);
    socket.onclose = ({ code, reason }) => this.closed(code, reason);
  }

  private closed(code: number, reason: string): void {
    this.isAcknowledged = false;
    if (this.isOver) return;
    if (code >= 4400 && code < 4500) {
      this.onStatus("refused", reason);
      return;
    }
    this.onStatus("connecting");
    this.timer = window.setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  private hear({ type, id, payload }: Message): void {
    const followed = id === undefined ? undefined : this.followed.get(id);
    switch (type) {
      case "connection_ack":
        this.isAcknowledged = true;
        this.pause = FIRST_PAUSE_MS;
        this.onStatus("connected");
        for (const [each, subscription] of this.followed) this.subscribe(each, subscription);
        break;
      case "ping":
        this.send({ type: "pong" });
        break;
      case "next":
        followed?.onAnswer(payload as Answer);
        break;
      case "error":
        followed?.onAnswer({ errors: payload as GraphQLProblem[] });
        break;
    }
  }

  private subscribe(id: string, { query, variables }: Subscription): void {
    this.send({ id, type: "subscribe", payload: { query, variables } });
  }

  private send(message: Message): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

import { createContext, useContext, useEffect, useState } from "react";

import type { Answer } from "../shared/ask";
import type { Dashboard, Tile } from "../shared/boot";
import { useApiKey } from "../shared/key";
import { LiveSocket, type LiveStatus } from "./live";
import type { State } from "./state";
import { tileVariables } from "./tiles";

export const LiveContext = createContext<LiveSocket | undefined>(undefined);

export interface Live {
  socket?: LiveSocket;
  status?: LiveStatus;
  reason?: string;
}

/** A socket while it is wanted; another one where the key changes. */
export function useLiveSocket(isWanted: boolean): Live {
  const key = useApiKey();
  const [live, setLive] = useState<Live>({});
  useEffect(() => {
    if (!isWanted) return;
    const socket = new LiveSocket(key, (status, reason) =>
      setLive((before) => ({ ...before, status, reason })),
    );
    setLive((before) => ({ ...before, socket }));
    return () => {
      socket.close();
      setLive({});
    };
  }, [isWanted, key]);
  return live;
}

/** The newest answer that was pushed; none before the first, and where a tile cannot be followed. */
export function useLiveAnswer(dashboard: Dashboard, tile: Tile, state: State): Answer | undefined {
  const socket = useContext(LiveContext);
  const query = dashboard.live[tile.document]?.[tile.field];
  // As text, so that equal variables are the same subscription.
  const variables = JSON.stringify(tileVariables(dashboard, tile, state, state.picked));
  const [answer, setAnswer] = useState<Answer>();
  useEffect(() => {
    setAnswer(undefined);
    if (!socket || !query) return;
    const all = JSON.parse(variables) as Record<string, unknown>;
    const used = Object.entries(all).filter(([name]) => new RegExp(`\\$${name}\\b`).test(query));
    return socket.follow({ query, variables: Object.fromEntries(used), onAnswer: setAnswer });
  }, [socket, query, variables]);
  return answer;
}

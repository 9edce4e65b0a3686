import { useEffect, useState } from "react";

import { getDocument, type GraphQLProblem, type Reply } from "../shared/ask";
import { useApiKey } from "../shared/key";

export interface Loaded {
  reply?: Reply;
  problems: GraphQLProblem[];
  isLoading: boolean;
}

/** Tiles of one document ask once, and going back to a range shows at once what was shown. */
const asked = new Map<string, Promise<Reply>>();
const MOST_KEPT = 200;

function ask(url: string, key: string): Promise<Reply> {
  const name = `${key}\n${url}`;
  const known = asked.get(name);
  if (known) return known;
  const made = getDocument(url);
  asked.set(name, made);
  if (asked.size > MOST_KEPT) asked.delete(asked.keys().next().value!);
  const forget = () => {
    if (asked.get(name) === made) asked.delete(name);
  };
  made.then((reply) => reply.answer.errors && forget(), forget);
  return made;
}

/** The answer of a URL; the one before stays until the next is there. */
export function useDocument(url: string | undefined, attempt: number): Loaded {
  const key = useApiKey();
  const [loaded, setLoaded] = useState<Loaded>({ problems: [], isLoading: true });
  useEffect(() => {
    if (url === undefined) return;
    let isCurrent = true;
    setLoaded((before) => ({ ...before, isLoading: true }));
    ask(url, key).then(
      (reply) =>
        isCurrent && setLoaded({ reply, problems: reply.answer.errors ?? [], isLoading: false }),
      (error: unknown) =>
        isCurrent &&
        setLoaded({ problems: [{ message: `the server cannot be reached: ${String(error)}` }], isLoading: false }),
    );
    return () => {
      isCurrent = false;
    };
  }, [url, key, attempt]);
  return loaded;
}

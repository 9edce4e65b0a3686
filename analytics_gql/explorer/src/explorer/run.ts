/** What was asked last, and what the server said about it beside the answer. */

import type { RateState, ToldColumn } from "../shared/ask";

export interface Run {
  status: number;
  ms: number;
  /** In points. */
  cost?: number;
  rate: RateState;
  columns?: ToldColumn[];
  /** Of a subscription: how many answers came before this one. */
  update?: number;
}

let last: Run | undefined;
/** By the text of the answer, so that a tab that is turned to again finds its own. */
const byAnswer = new Map<string, Run>();
const MOST_KEPT = 30;

export function setLastRun(run: Run): void {
  last = run;
}

/** The run that an answer's text belongs to: a text that is new belongs to the last one. */
export function runOf(answer: string): Run | undefined {
  const known = byAnswer.get(answer);
  if (last && last !== known) {
    byAnswer.delete(answer);
    byAnswer.set(answer, last);
    last = undefined;
    if (byAnswer.size > MOST_KEPT) byAnswer.delete(byAnswer.keys().next().value!);
    return byAnswer.get(answer);
  }
  return known;
}

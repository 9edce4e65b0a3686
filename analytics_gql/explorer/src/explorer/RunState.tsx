import type { RateState } from "../shared/ask";
import type { Run } from "./run";

/** What the last run cost, and what is left. */
export function RunState({ run }: { run: Run | undefined }) {
  if (!run) return <p className="run-state" role="status" />;
  const { remaining, retryAfterS } = run.rate;
  return (
    <p className="run-state" role="status">
      <span>{run.status}</span>
      {run.update ? <span>update {run.update}</span> : <span>{Math.round(run.ms)} ms</span>}
      {run.cost !== undefined && (
        <span title="The price of the operation, in points">
          {run.cost.toLocaleString("en-US")} {run.cost === 1 ? "point" : "points"}
        </span>
      )}
      {remaining !== undefined && <span title={TOKENS}>{whatIsLeft({ ...run.rate, remaining })}</span>}
      {retryAfterS !== undefined && <span className="bad">try again in {retryAfterS} s</span>}
    </p>
  );
}

const TOKENS = "A request costs a token, and one more for each hundred points of its price";

/** `94 of 100 tokens left, full again in 4 s`. */
function whatIsLeft({ limit, remaining, resetS }: RateState & { remaining: number }): string {
  const few = limit === undefined ? "" : ` of ${limit.toLocaleString("en-US")}`;
  const again = resetS ? `, full again in ${resetS} s` : "";
  return `${remaining.toLocaleString("en-US")}${few} tokens left${again}`;
}

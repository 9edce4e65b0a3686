import type { Run } from "./run";

/** What the last run cost, and what is left. */
export function RunState({ run }: { run: Run | undefined }) {
  if (!run) return <p className="run-state" role="status" />;
  const { limit, remaining, resetS, retryAfterS } = run.rate;
  return (
    <p className="run-state" role="status">
      <span>{run.status}</span>
      <span>{Math.round(run.ms)} ms</span>
      {run.cost !== undefined && (
        <span title="The price of the operation, in points">
          {run.cost.toLocaleString("en-US")} {run.cost === 1 ? "point" : "points"}
        </span>
      )}
      {remaining !== undefined && (
        <span title={resetS === undefined ? undefined : `Full again in ${resetS} s`}>
          {remaining.toLocaleString("en-US")}
          {limit === undefined ? "" : ` of ${limit.toLocaleString("en-US")}`} left
        </span>
      )}
      {retryAfterS !== undefined && <span className="bad">try again in {retryAfterS} s</span>}
    </p>
  );
}

import type { GraphQLProblem } from "./ask";

/** What went wrong, and what to do about it, in the server's own words. */
export function Problems({ problems }: { problems: GraphQLProblem[] }) {
  return (
    <ul className="problems" role="alert">
      {problems.map((problem, index) => (
        <li key={index}>
          {problem.extensions?.code && <code>{problem.extensions.code}</code>} {problem.message}
          {problem.extensions?.hint && <p className="hint">→ {problem.extensions.hint}</p>}
        </li>
      ))}
    </ul>
  );
}

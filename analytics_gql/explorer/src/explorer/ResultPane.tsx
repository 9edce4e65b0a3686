import { useGraphiQL } from "@graphiql/react";
import { useEffect, useMemo, useRef, useState } from "react";

import { TableView } from "../results/TableView";
import type { Answer } from "../shared/ask";
import { describing } from "../shared/describe";
import { readExactly } from "../shared/exact";
import { Problems } from "../shared/Problems";
import { tablesOf } from "../shared/tables";
import { RunState } from "./RunState";
import { type Run, runOf } from "./run";

type View = "chart" | "table" | "json";
const VIEWS: { view: View; name: string }[] = [
  { view: "chart", name: "Chart" },
  { view: "table", name: "Table" },
  { view: "json", name: "JSON" },
];

/** What stands over GraphiQL's own answer: the same as charts and tables. JSON is GraphiQL's. */
export function ResultPane() {
  const [view, setView] = useState<View>("chart");
  const { text, run } = useAnswer();
  const answer = useMemo(() => read(text), [text]);
  const tables = useMemo(() => tablesOf(answer?.data, describing(run?.columns)), [answer, run]);
  const pane = useRef<HTMLDivElement>(null);
  const isEmpty = !answer;
  useEffect(() => {
    const response = pane.current?.closest<HTMLElement>(".graphiql-response");
    if (response) response.dataset.view = isEmpty ? "none" : view;
  }, [view, isEmpty]);
  return (
    <div className="result-pane" ref={pane}>
      <div className="result-bar">
        <ViewTabs view={view} onChange={setView} />
        <RunState run={run} />
      </div>
      {view !== "json" && (
        <div className="result-body" role="tabpanel" aria-label={view} tabIndex={0}>
          {isEmpty && <p className="empty">Press ▶ or Ctrl + Enter to run the query.</p>}
          {answer?.errors && <Problems problems={answer.errors} />}
          {tables.map((table) => (
            <TableView key={table.name} table={table} view={view} />
          ))}
        </div>
      )}
    </div>
  );
}

/** The text in GraphiQL's response editor, and the run it came of. */
function useAnswer(): { text: string; run: Run | undefined } {
  const editor = useGraphiQL((state) => state.responseEditor);
  const [found, setFound] = useState<{ text: string; run: Run | undefined }>({ text: "", run: undefined });
  useEffect(() => {
    if (!editor) return;
    const look = () => {
      const text = editor.getValue();
      setFound({ text, run: text ? runOf(text) : undefined });
    };
    look();
    const watch = editor.onDidChangeModelContent(look);
    return () => watch.dispose();
  }, [editor]);
  return found;
}

function read(text: string): Answer | undefined {
  if (!text.trim()) return undefined;
  try {
    return readExactly(text) as Answer;
  } catch {
    // What GraphiQL writes of an error of its own is no JSON.
    return { errors: [{ message: text }] };
  }
}

function ViewTabs({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  const move = (step: number) => {
    const at = VIEWS.findIndex((each) => each.view === view);
    const next = VIEWS[(at + step + VIEWS.length) % VIEWS.length]!;
    onChange(next.view);
    document.getElementById(`view-${next.view}`)?.focus();
  };
  return (
    <div
      className="view-tabs"
      role="tablist"
      aria-label="The answer as"
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") move(1);
        if (event.key === "ArrowLeft") move(-1);
      }}
    >
      {VIEWS.map((each) => (
        <button
          key={each.view}
          id={`view-${each.view}`}
          type="button"
          role="tab"
          aria-selected={each.view === view}
          tabIndex={each.view === view ? 0 : -1}
          onClick={() => onChange(each.view)}
        >
          {each.name}
        </button>
      ))}
    </div>
  );
}

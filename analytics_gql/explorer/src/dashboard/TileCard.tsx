import { type CSSProperties, lazy, Suspense, useMemo, useRef, useState } from "react";

import { choose } from "../chart/choose";
import { csvOf, type Files, pngOf, save, svgOf } from "../chart/download";
import { Numbers } from "../results/Numbers";
import { SortableTable } from "../results/SortableTable";
import type { Column, Dashboard, Tile } from "../shared/boot";
import { before, count } from "../shared/days";
import { Problems } from "../shared/Problems";
import type { Table } from "../shared/tables";
import type { State } from "./state";
import { isFiltered, isPicking, tileTable, tileUrl } from "./tiles";
import { useLiveAnswer } from "./useLive";
import { useDocument } from "./useDocument";

// Figures are there before the library that draws has come.
const Chart = lazy(() => import("../chart/Chart").then(({ Chart }) => ({ default: Chart })));

interface Props {
  dashboard: Dashboard;
  tile: Tile;
  state: State;
  onPick: (value: string) => void;
}

/** One tile: asks for itself, waits for itself, and fails for itself. */
export function TileCard({ dashboard, tile, state, onPick }: Props) {
  const [attempt, setAttempt] = useState(0);
  const [isTable, setIsTable] = useState(tile.chart === "table");
  const files = useRef<Files>(null);
  const url = tileUrl(dashboard, tile, state, state.picked);
  const loaded = useDocument(url, attempt);
  const earlier = useDocument(
    tile.compare ? tileUrl(dashboard, tile, before(state), state.picked) : undefined,
    attempt,
  );
  const pushed = useLiveAnswer(dashboard, tile, state);
  const data = pushed?.data ?? loaded.reply?.answer.data;
  const table = useMemo(() => tileTable(dashboard, tile, data), [dashboard, tile, data]);
  const earlierData = earlier.reply?.answer.data;
  const rowBefore = useMemo(
    () => tileTable(dashboard, tile, earlierData)?.rows[0],
    [dashboard, tile, earlierData],
  );
  const problems = (pushed ? (pushed.errors ?? []) : loaded.problems).filter(({ path }) => !path || path[0] === tile.field);
  const isNumber = tile.chart === "number";
  const isFirst = !loaded.reply && loaded.isLoading;
  const className = ["tile", isNumber ? "number" : "", isFirst ? "first-load" : ""].join(" ");
  const hidesFilter = state.picked.length > 0 && !isFiltered(dashboard, tile);
  const picking = isPicking(dashboard, tile);
  return (
    <section
      className={className}
      style={{ "--width": tile.width } as CSSProperties}
      aria-label={tile.title}
      aria-busy={loaded.isLoading}
    >
      <header className="tile-head">
        <h2>
          {tile.title}
          {tile.description && <small>{tile.description}</small>}
        </h2>
        {hidesFilter && !picking && (
          <span className="note" title={`This tile is not filtered by ${dashboard.filter?.label}`}>
            all
          </span>
        )}
        {table && (
          <TileMenu
            tile={tile}
            table={table}
            url={url}
            files={isTable || isNumber ? undefined : files}
            isTable={isTable}
            onTurn={tile.chart === "table" ? undefined : () => setIsTable(!isTable)}
          />
        )}
      </header>
      <div className="tile-body">
        {problems.length > 0 ? (
          <>
            <Problems problems={problems} />
            <p>
              <button type="button" className="button" onClick={() => setAttempt(attempt + 1)}>
                Try again
              </button>
            </p>
          </>
        ) : isFirst || !table ? (
          <div className="waiting" role="status">
            <span className="hidden">Loading {tile.title}</span>
          </div>
        ) : (
          <Suspense fallback={<div className="waiting" />}>
            <Drawn
              tile={tile}
              table={table}
              isTable={isTable}
              before={rowBefore}
              beforeText={`vs ${count(state)} days before`}
              picked={picking ? state.picked : undefined}
              files={files}
              filterColumn={dashboard.filter?.column}
              onPick={onPick}
            />
          </Suspense>
        )}
      </div>
    </section>
  );
}

interface DrawnProps {
  tile: Tile;
  table: Table;
  isTable: boolean;
  before?: Table["rows"][number];
  beforeText: string;
  picked?: string[];
  files: React.RefObject<Files | null>;
  filterColumn?: string;
  onPick: (value: string) => void;
}

function Drawn({ tile, table, isTable, before: earlier, beforeText, picked, files, filterColumn, onPick }: DrawnProps) {
  const plan = useMemo(() => choose(table), [table]);
  const [metric] = plan.roles.metrics;
  const form = tile.chart ?? plan.form;
  if (table.rows.length === 0) return <p className="empty">Nothing in this range.</p>;
  if (form === "number" && !isTable)
    return (
      <Numbers
        row={table.rows[0]!}
        columns={table.columns.filter(({ kind }) => kind === "metric")}
        before={earlier}
        beforeText={beforeText}
        hasLabels={table.columns.length > 1}
      />
    );
  if (isTable || !metric || form === "table")
    return <SortableTable table={table} caption={tile.title} />;
  const pick = (column: Column, value: string) => {
    if (column.key === filterColumn) onPick(value);
  };
  return (
    <Chart
      table={table}
      form={form}
      roles={plan.roles}
      metric={metric}
      title={tile.title}
      picked={picked}
      onPick={pick}
      files={files}
    />
  );
}

interface MenuProps {
  tile: Tile;
  table: Table;
  url: string;
  files?: React.RefObject<Files | null>;
  isTable: boolean;
  onTurn?: () => void;
}

function TileMenu({ tile, table, url, files, isTable, onTurn }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const name = tile.title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const act = (action: () => void) => () => {
    action();
    menu.current!.open = false;
  };
  return (
    <details
      className="tile-menu"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key === "Escape") menu.current!.open = false;
      }}
      onBlur={(event) => {
        if (!menu.current!.contains(event.relatedTarget)) menu.current!.open = false;
      }}
    >
      <summary aria-label={`More about ${tile.title}`}>
        <span aria-hidden="true">⋯</span>
      </summary>
      <div>
        {onTurn && (
          <button type="button" onClick={act(onTurn)}>
            {isTable ? "Show the chart" : "Show the rows"}
          </button>
        )}
        {files && (
          <>
            <button
              type="button"
              onClick={act(() => void pngOf(files.current!).then((png) => save(`${name}.png`, png, "image/png")))}
            >
              Download PNG
            </button>
            <button
              type="button"
              onClick={act(() => save(`${name}.svg`, svgOf(files.current!), "image/svg+xml"))}
            >
              Download SVG
            </button>
          </>
        )}
        <button type="button" onClick={act(() => save(`${name}.csv`, csvOf(table), "text/csv"))}>
          Download CSV
        </button>
        <a href={url} target="_blank" rel="noreferrer">
          The answer as JSON
        </a>
      </div>
    </details>
  );
}

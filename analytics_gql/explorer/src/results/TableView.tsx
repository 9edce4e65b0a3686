import { type RefObject, useEffect, useMemo, useRef, useState } from "react";

import { Chart } from "../chart/Chart";
import { choose } from "../chart/choose";
import { csvOf, type Files, pngOf, save, svgOf } from "../chart/download";
import type { ChartForm } from "../shared/boot";
import { label } from "../shared/format";
import type { Table } from "../shared/tables";
import { Numbers } from "./Numbers";
import { SortableTable } from "./SortableTable";

const FORM_NAMES: Record<ChartForm, string> = {
  number: "Numbers",
  line: "Lines",
  bar: "Bars",
  stacked: "Stacked",
  grouped: "Grouped",
  heatmap: "Heat map",
  table: "Table",
};

interface Props {
  table: Table;
  view: "chart" | "table";
}

/** One table as a chart or as rows, with what can be chosen about it. */
export function TableView({ table, view }: Props) {
  const plan = useMemo(() => choose(table), [table]);
  const [form, setForm] = useState<ChartForm>();
  const [key, setKey] = useState<string>();
  const files = useRef<Files>(null);
  const isKnown = form && plan.forms.includes(form);
  const current = isKnown ? form : plan.form;
  const metric = plan.roles.metrics.find((column) => column.key === key) ?? plan.roles.metrics[0];
  useEffect(() => setForm(undefined), [plan.forms.join()]);
  const isTable = view === "table" || current === "table" || !metric;
  const rows = `${table.rows.length.toLocaleString("en-US")} ${table.rows.length === 1 ? "row" : "rows"}`;
  const isDrawn = !isTable && current !== "number";
  return (
    <section className="table-view" aria-label={table.name}>
      <header className="table-view-head">
        <h3>
          {table.name} <small>{table.isList ? rows : ""}</small>
        </h3>
        {isDrawn && plan.roles.metrics.length > 1 && (
          <label className="choice">
            <span className="hidden">Metric</span>
            <select value={metric.key} onChange={(event) => setKey(event.target.value)}>
              {plan.roles.metrics.map((column) => (
                <option key={column.key} value={column.key}>
                  {label(column.key)}
                </option>
              ))}
            </select>
          </label>
        )}
        {!isTable && plan.forms.length > 1 && (
          <label className="choice">
            <span className="hidden">Chart form</span>
            <select value={current} onChange={(event) => setForm(event.target.value as ChartForm)}>
              {plan.forms.map((each) => (
                <option key={each} value={each}>
                  {FORM_NAMES[each]}
                </option>
              ))}
            </select>
          </label>
        )}
        <Downloads table={table} files={isDrawn ? files : undefined} />
      </header>
      <div className="table-view-body">
        {isTable ? (
          <SortableTable table={table} caption={`${table.name}: ${rows}`} />
        ) : current === "number" ? (
          <Numbers row={table.rows[0]!} columns={plan.roles.metrics} />
        ) : (
          <Chart
            table={table}
            form={current}
            roles={plan.roles}
            metric={metric}
            title={table.name}
            files={files}
          />
        )}
      </div>
      {view === "chart" && isTable && table.rows.length > 0 && (
        <p className="note">{whyNoChart(table)}</p>
      )}
    </section>
  );
}

function whyNoChart(table: Table): string {
  return table.columns.some((column) => column.kind === "metric")
    ? "Select the time or a dimension to see a chart."
    : "There is no metric among the columns to draw.";
}

interface DownloadsProps {
  table: Table;
  /** Of the chart, if there is one. */
  files?: RefObject<Files | null>;
}

function Downloads({ table, files }: DownloadsProps) {
  const name = table.name.replaceAll(".", "-");
  return (
    <div className="downloads" role="group" aria-label={`Download ${table.name}`}>
      {files && (
        <>
          <button type="button" onClick={() => void pngOf(files.current!).then((png) => save(`${name}.png`, png, "image/png"))}>
            PNG
          </button>
          <button type="button" onClick={() => save(`${name}.svg`, svgOf(files.current!), "image/svg+xml")}>
            SVG
          </button>
        </>
      )}
      <button type="button" onClick={() => save(`${name}.csv`, csvOf(table), "text/csv")}>
        CSV
      </button>
    </div>
  );
}

import { useGraphiQLActions } from "@graphiql/react";
import { createContext, useContext, useMemo, useState } from "react";

import type { Catalog, Dataset, LoadedCatalog, Metric } from "../shared/catalog";
import { type Days, isDay, lastDays, today } from "../shared/days";
import { Problems } from "../shared/Problems";
import { whyNot } from "./combine";
import { Conditions } from "./Conditions";
import { type Built, type Change, firstQuery, read, write } from "./query";
import { Save } from "./Save";
import { useEditors } from "./useEditors";

export const CatalogContext = createContext<LoadedCatalog>({ problems: [] });

/** Builds the query of the tab by clicking; the text holds, and the panel shows what it says. */
export function Builder() {
  const { catalog, problems } = useContext(CatalogContext);
  return (
    <section className="builder" aria-label="Query builder">
      <h2>Query builder</h2>
      {problems.length > 0 && <Problems problems={problems} />}
      {catalog ? <WithCatalog catalog={catalog} /> : problems.length === 0 && <p>Loading the catalog …</p>}
    </section>
  );
}

function WithCatalog({ catalog }: { catalog: Catalog }) {
  const editors = useEditors();
  const { run } = useGraphiQLActions();
  const reading = useMemo(
    () => read(editors.text, editors.variables, catalog),
    [editors.text, editors.variables, catalog],
  );
  const change = (next: Change) => editors.write(write(editors.text, editors.variables, catalog, next));
  const begin = (dataset: Dataset) =>
    editors.write({ text: firstQuery(dataset, rangeOf(dataset)), variables: {} });
  const built = "built" in reading ? reading.built : undefined;
  return (
    <>
      <label className="field">
        <span>Dataset</span>
        <select
          value={built?.dataset.name ?? ""}
          onChange={(event) => {
            const dataset = catalog.datasets.find(({ name }) => name === event.target.value);
            if (dataset) begin(dataset);
          }}
        >
          {!built && <option value="">Choose …</option>}
          {catalog.datasets.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {built ? (
        <>
          {built.dataset.description && <p className="note">{built.dataset.description}</p>}
          <TimeFields built={built} onChange={change} />
          <Fields built={built} onChange={change} />
          <Conditions built={built} onChange={change} />
          <button type="button" className="button primary wide" onClick={run}>
            Run the query
          </button>
          <Save text={editors.text} variables={editors.variables} />
        </>
      ) : (
        <p className="note">{"reason" in reading ? reading.reason : ""}</p>
      )}
    </>
  );
}

/** The newest quarter of a year that there is data of. */
function rangeOf(dataset: Dataset): Days {
  return lastDays(dataset.timeRange?.end ?? today(), 91);
}

interface PartProps {
  built: Built;
  onChange: (change: Change) => void;
}

function TimeFields({ built, onChange }: PartProps) {
  const { dataset, range } = built;
  const set = (part: Partial<Days>) => {
    const next = { ...(range ?? rangeOf(dataset)), ...part };
    if (isDay(next.start) && isDay(next.end) && next.start <= next.end) onChange({ kind: "range", range: next });
  };
  return (
    <div className="time-fields">
      {dataset.hasDateRange && (
        <>
          <label className="field">
            <span>From</span>
            <input type="date" value={range?.start ?? ""} onChange={(event) => set({ start: event.target.value })} />
          </label>
          <label className="field">
            <span>To</span>
            <input type="date" value={range?.end ?? ""} onChange={(event) => set({ end: event.target.value })} />
          </label>
        </>
      )}
      {dataset.time && (
        <>
          <label className="check">
            <input type="checkbox" checked={built.hasTime} onChange={() => onChange({ kind: "time" })} />
            Over time, by
          </label>
          <label className="field">
            <span className="hidden">Granularity</span>
            <select
              value={built.granularity}
              onChange={(event) => onChange({ kind: "granularity", granularity: event.target.value })}
            >
              {dataset.granularities.map((granularity) => (
                <option key={granularity} value={granularity}>
                  {granularity.toLowerCase()}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
    </div>
  );
}

function Fields({ built, onChange }: PartProps) {
  const [search, setSearch] = useState("");
  const { dataset } = built;
  const wanted = search.trim().toLowerCase();
  const isFound = (item: { name: string; label: string; description: string | null }) =>
    !wanted || `${item.name} ${item.label} ${item.description ?? ""}`.toLowerCase().includes(wanted);
  const metrics = dataset.metrics.filter(isFound);
  const dimensions = dataset.dimensions.filter(isFound);
  return (
    <>
      <label className="field">
        <span>Metrics and dimensions</span>
        <input
          type="search"
          value={search}
          placeholder="Search …"
          onChange={(event) => setSearch(event.target.value)}
        />
      </label>
      <FieldList title="Metrics">
        {metrics.map((metric) => (
          <FieldItem
            key={metric.name}
            name={metric.name}
            label={metric.label}
            description={described(metric, dataset)}
            isChosen={built.metrics.includes(metric.name)}
            why={whyNot(built, metric.name)}
            onClick={() => onChange({ kind: "metric", name: metric.name })}
          />
        ))}
      </FieldList>
      <FieldList title="Dimensions">
        {dimensions.map((dimension) => (
          <FieldItem
            key={dimension.name}
            name={dimension.name}
            label={dimension.label}
            description={dimension.description ?? ""}
            isChosen={built.dimensions.includes(dimension.name)}
            why={whyNot(built, dimension.name)}
            onClick={() => onChange({ kind: "dimension", name: dimension.name })}
          />
        ))}
      </FieldList>
      {metrics.length + dimensions.length === 0 && <p className="note">Nothing is called that.</p>}
    </>
  );
}

/** In words; the formula as well where it is made of other metrics, or where there are no words. */
function described({ description, formula }: Metric, { metrics }: Dataset): string {
  const tells = metrics.some(({ name }) => new RegExp(`\\b${name}\\b`).test(formula));
  return [description, tells || !description ? `= ${formula}` : ""].filter(Boolean).join(" ");
}

function FieldList({ title, children }: { title: string; children: React.ReactNode[] }) {
  if (!children.length) return null;
  return (
    <div className="field-list" role="group" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </div>
  );
}

interface ItemProps {
  name: string;
  label: string;
  description: string;
  isChosen: boolean;
  why?: string;
  onClick: () => void;
}

function FieldItem({ name, label, description, isChosen, why, onClick }: ItemProps) {
  // What is chosen can always be taken out, also where it no longer goes with the rest.
  const isOff = !isChosen && why !== undefined;
  return (
    <button
      type="button"
      className="field-item"
      data-name={name}
      aria-pressed={isChosen}
      aria-disabled={isOff}
      onClick={isOff ? undefined : onClick}
    >
      <span className="field-mark" aria-hidden="true">
        {isChosen ? "✓" : ""}
      </span>
      <span>
        {label}
        {(isOff || description) && <small>{isOff ? why : description}</small>}
      </span>
    </button>
  );
}

import { useEffect, useId, useState } from "react";

import { valuesOf } from "../shared/catalog";
import type { Built, Change, Condition, Operator } from "./query";

const WORDS: Record<Operator, string> = {
  in: "is one of",
  notIn: "is none of",
  eq: "is",
  ne: "is not",
  contains: "contains",
  startsWith: "starts with",
  gt: "is more than",
  gte: "is at least",
  lt: "is less than",
  lte: "is at most",
};
const OF_TEXT: Operator[] = ["in", "notIn", "contains", "startsWith"];
const OF_ID: Operator[] = ["in", "notIn"];
const OF_NUMBERS: Operator[] = ["gte", "lte", "gt", "lt", "eq", "ne"];

interface Props {
  built: Built;
  onChange: (change: Change) => void;
}

/** The conditions that are there, and a way to add one. */
export function Conditions({ built, onChange }: Props) {
  return (
    <div className="conditions" role="group" aria-label="Filters">
      <h3>Filters</h3>
      {built.conditions.map((condition) => (
        <p key={`${condition.field} ${condition.operator}`} className="condition">
          <span>
            <strong>{labelOf(built, condition.field)}</strong> {WORDS[condition.operator] ?? condition.operator}{" "}
            {condition.values.join(", ")}
          </span>
          <button
            type="button"
            aria-label={`Remove the filter on ${labelOf(built, condition.field)}`}
            onClick={() =>
              onChange({ kind: "no-condition", field: condition.field, operator: condition.operator })
            }
          >
            ×
          </button>
        </p>
      ))}
      {built.otherConditions > 0 && <p className="note">… and what the text says besides.</p>}
      <NewCondition key={built.dataset.name} built={built} onChange={onChange} />
    </div>
  );
}

function labelOf({ dataset }: Built, name: string): string {
  const found = [...dataset.dimensions, ...dataset.metrics].find((each) => each.name === name);
  return found?.label ?? name;
}

function NewCondition({ built, onChange }: Props) {
  const { dataset } = built;
  const [name, setName] = useState("");
  const [operator, setOperator] = useState<Operator>("in");
  const [value, setValue] = useState("");
  const dimension = dataset.dimensions.find((each) => each.name === name);
  const metric = dataset.metrics.find((each) => each.name === name);
  const type = dimension?.type ?? metric?.type ?? "String";
  const operators = operatorsOf(type);
  const isList = operator === "in" || operator === "notIn";
  const choose = (next: string) => {
    setName(next);
    setValue("");
    const found = [...dataset.dimensions, ...dataset.metrics].find((each) => each.name === next);
    setOperator(operatorsOf(found?.type ?? "String")[0]!);
  };
  const add = (text: string) => {
    const given = text.trim();
    if (!name || !given) return;
    const before = built.conditions.find((each) => each.field === name && each.operator === operator);
    const values = isList && before ? [...new Set([...before.values, given])] : [given];
    const condition: Condition = { field: name, operator, values };
    onChange({ kind: "condition", condition, type });
    setValue("");
  };
  return (
    <form
      className="new-condition"
      onSubmit={(event) => {
        event.preventDefault();
        add(value);
      }}
    >
      <label>
        <span className="hidden">Filter by</span>
        <select value={name} onChange={(event) => choose(event.target.value)}>
          <option value="">Add a filter …</option>
          <optgroup label="Dimensions: which rows count">
            {dataset.dimensions.map((each) => (
              <option key={each.name} value={each.name}>
                {each.label}
              </option>
            ))}
          </optgroup>
          <optgroup label="Metrics: which groups are shown">
            {dataset.metrics.map((each) => (
              <option key={each.name} value={each.name}>
                {each.label}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      {name && (
        <>
          <label>
            <span className="hidden">Condition</span>
            <select value={operator} onChange={(event) => setOperator(event.target.value as Operator)}>
              {operators.map((each) => (
                <option key={each} value={each}>
                  {WORDS[each]}
                </option>
              ))}
            </select>
          </label>
          <ValueField
            dataset={dataset.name}
            dimension={dimension && isList ? dimension.name : undefined}
            value={value}
            onChange={setValue}
          />
          <button type="submit" className="button">
            Add
          </button>
        </>
      )}
    </form>
  );
}

function operatorsOf(type: string): Operator[] {
  if (type === "String") return OF_TEXT;
  if (type === "ID") return OF_ID;
  return type === "Boolean" ? ["eq"] : OF_NUMBERS;
}

interface ValueProps {
  dataset: string;
  dimension?: string;
  value: string;
  onChange: (value: string) => void;
}

/** A field that suggests values which contain what is written. */
function ValueField({ dataset, dimension, value, onChange }: ValueProps) {
  const id = useId();
  const [suggestions, setSuggestions] = useState<string[]>([]);
  useEffect(() => {
    setSuggestions([]);
    if (!dimension) return;
    const leaving = new AbortController();
    // While somebody types only the last text is asked for.
    const later = setTimeout(
      () =>
        valuesOf(dataset, dimension, value, leaving.signal).then(setSuggestions, () => {
          // Suggestions are a convenience: without them any value can be written.
          if (!leaving.signal.aborted) setSuggestions([]);
        }),
      value ? 150 : 0,
    );
    return () => {
      clearTimeout(later);
      leaving.abort();
    };
  }, [dataset, dimension, value]);
  return (
    <label>
      <span className="hidden">Value</span>
      <input value={value} list={id} placeholder="Value" onChange={(event) => onChange(event.target.value)} />
      <datalist id={id}>
        {suggestions.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </label>
  );
}

import type { Column } from "../shared/boot";
import { exactText, toNumber } from "../shared/exact";
import { formatShort, label } from "../shared/format";
import type { Row } from "../shared/tables";

interface Props {
  row: Row;
  columns: Column[];
  /** The same figures of the time before, if they are to be compared. */
  before?: Row;
  beforeText?: string;
  isLarge?: boolean;
  hasLabels?: boolean;
}

/** Single figures, large enough to be read from afar. */
export function Numbers({ row, columns, before, beforeText, hasLabels = true }: Props) {
  return (
    <dl className="numbers">
      {columns.map((column) => (
        <div key={column.key} className="figure">
          <dt className={hasLabels ? "" : "hidden"} title={column.description}>
            {label(column.key)}
          </dt>
          <dd className="value" title={exactText(row[column.key])}>{figure(row, column)}</dd>
          {before && <Change row={row} before={before} column={column} text={beforeText ?? ""} />}
        </div>
      ))}
    </dl>
  );
}

function figure(row: Row, column: Column): string {
  const value = toNumber(row[column.key]);
  return value === null ? "–" : formatShort(value, column.format === "PERCENT" ? { ...column } : column);
}

interface ChangeProps {
  row: Row;
  before: Row;
  column: Column;
  text: string;
}

function Change({ row, before, column, text }: ChangeProps) {
  const [now, then] = [toNumber(row[column.key]), toNumber(before[column.key])];
  if (now === null || then === null || then === 0) return <dd className="change">no comparison</dd>;
  const change = now / then - 1;
  const isUp = change > 0;
  const isFlat = Math.abs(change) < 0.0005;
  // Good and bad are said by the model, and by an arrow as well as by colour.
  const isGood = column.better === undefined || isFlat ? undefined : isUp === (column.better === "UP");
  const tone = isGood === undefined ? "" : isGood ? "good" : "bad";
  const percent = Math.abs(change * 100).toFixed(1);
  return (
    <dd className={`change ${tone}`} title={text}>
      <span aria-hidden="true">{isFlat ? "→" : isUp ? "▲" : "▼"}</span>{" "}
      <span className="hidden">{isFlat ? "unchanged" : isUp ? "up by" : "down by"}</span>
      {percent} %<span className="than"> {text}</span>
    </dd>
  );
}

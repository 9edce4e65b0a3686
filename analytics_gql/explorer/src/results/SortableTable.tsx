import { useMemo, useState } from "react";

import type { Column } from "../shared/boot";
import { exactText, isNumeric, toNumber, type Value } from "../shared/exact";
import { formatValue, label } from "../shared/format";
import type { Row, Table } from "../shared/tables";

const AT_ONCE = 500;

type Sort = { key: string; isDescending: boolean } | undefined;

/** The rows, in the order of the answer until a heading is clicked; missing values last. */
export function SortableTable({ table, caption }: { table: Table; caption: string }) {
  const [sort, setSort] = useState<Sort>();
  const [shown, setShown] = useState(AT_ONCE);
  const rows = useMemo(() => sorted(table.rows, sort), [table, sort]);
  const numeric = useMemo(
    () => new Set(table.columns.filter(({ key }) => table.rows.some((row) => isNumeric(row[key])))),
    [table],
  );
  const turn = (key: string) =>
    setSort((before) =>
      before?.key !== key
        ? { key, isDescending: numeric.has(table.columns.find((column) => column.key === key)!) }
        : { key, isDescending: !before.isDescending },
    );
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label={caption}>
      <table className="rows">
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <Heading
                key={column.key}
                column={column}
                isNumeric={numeric.has(column)}
                sort={sort}
                onTurn={turn}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((row, index) => (
            <tr key={index}>
              {table.columns.map((column) => (
                <Cell key={column.key} value={row[column.key]} column={column} isNumeric={numeric.has(column)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="empty">No rows: nothing in the range meets the conditions.</p>}
      {rows.length > shown && (
        <button type="button" className="more" onClick={() => setShown(shown + AT_ONCE)}>
          Show more ({(rows.length - shown).toLocaleString("en-US")} left)
        </button>
      )}
    </div>
  );
}

interface HeadingProps {
  column: Column;
  isNumeric: boolean;
  sort: Sort;
  onTurn: (key: string) => void;
}

function Heading({ column, isNumeric, sort, onTurn }: HeadingProps) {
  const own = sort?.key === column.key ? sort : undefined;
  const order = own ? (own.isDescending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" className={isNumeric ? "number" : ""} aria-sort={order}>
      <button type="button" onClick={() => onTurn(column.key)} title={column.description ?? column.key}>
        {label(column.key)}
        <span className="arrow" aria-hidden="true">
          {own ? (own.isDescending ? "↓" : "↑") : ""}
        </span>
      </button>
    </th>
  );
}

function Cell({ value, column, isNumeric }: { value: Value | undefined; column: Column; isNumeric: boolean }) {
  const isMissing = value === null || value === undefined;
  const className = [isNumeric ? "number" : "", isMissing ? "missing" : ""].join(" ").trim();
  return (
    <td className={className || undefined} title={isNumeric ? exactText(value) : undefined}>
      {formatValue(value, column)}
    </td>
  );
}

export function sorted(rows: Row[], sort: Sort): Row[] {
  if (!sort) return rows;
  const { key, isDescending } = sort;
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[key] ?? null, other[key] ?? null];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    if (isNumeric(a) && isNumeric(b)) return sign * ((toNumber(a) ?? 0) - (toNumber(b) ?? 0));
    const [left, right] = [exactText(a), exactText(b)];
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

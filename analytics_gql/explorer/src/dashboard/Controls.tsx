import { useMemo } from "react";

import type { Dashboard } from "../shared/boot";
import { count, type Days, isDay, lastDays } from "../shared/days";
import { defaultDays, type State } from "./state";
import { tileUrl } from "./tiles";
import type { Live } from "./useLive";
import { useDocument } from "./useDocument";

interface Props {
  dashboard: Dashboard;
  state: State;
  onChange: (state: State) => void;
}

interface ControlsProps extends Props {
  live: Live;
}

const PRESETS = [
  { name: "30 days", days: 30 },
  { name: "90 days", days: 90 },
  { name: "6 months", days: 182 },
  { name: "12 months", days: 365 },
];

/** The date range and the one dimension that all tiles follow. */
export function Controls({ dashboard, state, onChange, live }: ControlsProps) {
  const { end } = defaultDays(dashboard);
  const preset = PRESETS.find(({ days }) => state.end === end && count(state) === days);
  const setDays = (days: Days) => {
    if (isDay(days.start) && isDay(days.end) && days.start <= days.end) onChange({ ...state, ...days });
  };
  return (
    <div className="controls">
      <label className="control">
        <span>Range</span>
        <select
          value={preset?.name ?? ""}
          onChange={(event) => {
            const found = PRESETS.find(({ name }) => name === event.target.value);
            setDays(found ? lastDays(end, found.days) : defaultDays(dashboard));
          }}
        >
          {!preset && <option value="">Own dates</option>}
          {PRESETS.map(({ name }) => (
            <option key={name} value={name}>
              Last {name}
            </option>
          ))}
        </select>
      </label>
      <DayField name="From" value={state.start} onChange={(start) => setDays({ ...state, start })} />
      <DayField name="To" value={state.end} onChange={(day) => setDays({ ...state, end: day })} />
      {dashboard.filter && <FilterField dashboard={dashboard} state={state} onChange={onChange} />}
      {Object.keys(dashboard.live).length > 0 && (
        <LiveSwitch isLive={state.isLive} live={live} onTurn={(isLive) => onChange({ ...state, isLive })} />
      )}
    </div>
  );
}

const STATUS = { connecting: "Connecting …", connected: "Live", refused: "Refused" };

interface LiveProps {
  isLive: boolean;
  live: Live;
  onTurn: (isLive: boolean) => void;
}

/** While it is on, tiles change when the data does. */
function LiveSwitch({ isLive, live, onTurn }: LiveProps) {
  return (
    <div className="control">
      <span role="status" title={live.reason}>
        {isLive && live.status ? STATUS[live.status] : "Updates"}
      </span>
      <button
        type="button"
        className="button live"
        role="switch"
        aria-checked={isLive}
        data-status={live.status}
        onClick={() => onTurn(!isLive)}
      >
        Live
      </button>
    </div>
  );
}

function DayField({ name, value, onChange }: { name: string; value: string; onChange: (day: string) => void }) {
  return (
    <label className="control">
      <span>{name}</span>
      <input type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

function FilterField({ dashboard, state, onChange }: Props) {
  const filter = dashboard.filter!;
  const source = { ...filter, title: filter.label, width: 12 };
  const { reply } = useDocument(tileUrl(dashboard, source, state, []), 0);
  const rows = reply?.answer.data?.[filter.field];
  const values = useMemo(
    () =>
      Array.isArray(rows)
        ? [...new Set(rows.map((row: Record<string, unknown>) => row[filter.column]))]
            .filter((value): value is string => typeof value === "string")
            .sort()
        : [],
    [rows, filter.column],
  );
  return (
    <label className="control">
      <span>{filter.label}</span>
      <select
        value=""
        onChange={(event) => {
          const { value } = event.target;
          if (value && !state.picked.includes(value))
            onChange({ ...state, picked: [...state.picked, value] });
        }}
      >
        <option value="">{state.picked.length ? "Add one …" : "All"}</option>
        {values
          .filter((value) => !state.picked.includes(value))
          .map((value) => (
            <option key={value} value={value}>
              {value}
            </option>
          ))}
      </select>
    </label>
  );
}

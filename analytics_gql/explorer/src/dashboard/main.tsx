import "../style/base.css";
import "../style/results.css";
import "../style/dashboard.css";

import { useCallback, useEffect, useState } from "react";

import { boot, type Dashboard } from "../shared/boot";
import { Header } from "../shared/Header";
import { start } from "../shared/page";
import { Controls } from "./Controls";
import { readState, type State, writeState } from "./state";
import { TileCard } from "./TileCard";
import { LiveContext, useLiveSocket } from "./useLive";

const served = boot();

function DashboardPage({ dashboard }: { dashboard: Dashboard }) {
  const [state, setState] = useState(() => readState(dashboard, location.search));
  useEffect(() => {
    const follow = () => setState(readState(dashboard, location.search));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, [dashboard]);
  const change = useCallback(
    (next: State) => {
      history.pushState(null, "", `${location.pathname}${writeState(dashboard, next)}`);
      setState(next);
    },
    [dashboard],
  );
  const turn = (value: string) => {
    const { picked } = state;
    const without = picked.filter((each) => each !== value);
    change({ ...state, picked: without.length < picked.length ? without : [...picked, value] });
  };
  const live = useLiveSocket(state.isLive);
  return (
    <LiveContext value={live.socket}>
      <Header current={dashboard.title} dashboards={served.dashboards} />
      <main className="page">
        <div className="page-head">
          <div>
            <h1>{dashboard.title}</h1>
            {dashboard.description && <p className="lead">{dashboard.description}</p>}
          </div>
          <Controls dashboard={dashboard} state={state} onChange={change} live={live} />
        </div>
        {dashboard.filter && state.picked.length > 0 && (
          <div className="picked">
            <span>{dashboard.filter.label}:</span>
            {state.picked.map((value) => (
              <button
                key={value}
                type="button"
                className="chip"
                aria-label={`Remove ${value}`}
                onClick={() => turn(value)}
              >
                {value} <span aria-hidden="true">×</span>
              </button>
            ))}
            <button type="button" className="button" onClick={() => change({ ...state, picked: [] })}>
              Show all
            </button>
          </div>
        )}
        <div className="tiles">
          {dashboard.tiles.map((tile, index) => (
            <TileCard key={index} dashboard={dashboard} tile={tile} state={state} onPick={turn} />
          ))}
        </div>
      </main>
    </LiveContext>
  );
}

if (served.dashboard) start(<DashboardPage dashboard={served.dashboard} />);

import { type ReactNode, useEffect, useId, useRef } from "react";

import { type Scheme, setScheme, useScheme } from "../chart/theme";
import type { DashboardLink } from "./boot";
import { setApiKey, useApiKey } from "./key";

interface Props {
  current: string;
  dashboards: DashboardLink[];
  children?: ReactNode;
}

/** The top of every page: where one is, where one can go, and who one is. */
export function Header({ current, dashboards, children }: Props) {
  const links = [
    { href: "./", name: "Home" },
    ...dashboards.map(({ name, title }) => ({ href: `dashboards/${name}`, name: title })),
    { href: "explorer", name: "Explorer" },
  ];
  const here = useRef<HTMLAnchorElement>(null);
  // On a phone the links scroll sideways.
  useEffect(() => here.current?.scrollIntoView({ inline: "nearest", block: "nearest" }), []);
  return (
    <header className="top">
      <a className="brand" href="./" aria-label="analytics-gql, home">
        <Mark />
        <span>analytics-gql</span>
      </a>
      <nav aria-label="Pages">
        {links.map(({ href, name }) => (
          <a
            key={href}
            href={href}
            ref={name === current ? here : undefined}
            aria-current={name === current ? "page" : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <div className="top-end">
        {children}
        <KeyField />
        <SchemeSwitch />
      </div>
    </header>
  );
}

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M7 23v-6M13 23V11M19 23v-9M25 23V8"
        stroke="#fff"
        strokeWidth="3.2"
        strokeLinecap="round"
      />
    </svg>
  );
}

function KeyField() {
  const key = useApiKey();
  const id = useId();
  return (
    <span className="key-field">
      <label htmlFor={id} className="hidden">
        API key
      </label>
      <input
        id={id}
        type="password"
        value={key}
        placeholder="API key"
        autoComplete="off"
        spellCheck={false}
        title="Sent as X-API-Key; kept until this tab is closed. Not needed where the server has no keys."
        onChange={(event) => setApiKey(event.target.value.trim())}
      />
    </span>
  );
}

const NEXT: Record<Scheme, Scheme> = { auto: "light", light: "dark", dark: "auto" };
const SIGNS: Record<Scheme, string> = { auto: "◐", light: "☀", dark: "☾" };

function SchemeSwitch() {
  const chosen = useScheme();
  return (
    <button
      type="button"
      className="scheme"
      aria-label={`Colours: ${chosen}. Change to ${NEXT[chosen]}`}
      title={`Colours: ${chosen}`}
      onClick={() => setScheme(NEXT[chosen])}
    >
      <span aria-hidden="true">{SIGNS[chosen]}</span>
    </button>
  );
}

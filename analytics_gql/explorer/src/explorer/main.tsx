import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "../style/base.css";
import "../style/results.css";
import "../style/explorer.css";
import "../style/builder.css";

import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { type GraphiQLPlugin, useGraphiQLActions } from "@graphiql/react";
import type { Fetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { type ExecutionResult, getOperationAST, parse } from "graphql";
import { useEffect, useRef } from "react";

import { useIsDark } from "../chart/theme";
import { post, type Replies, type Reply, subscribe, WITH_COLUMNS } from "../shared/ask";
import { boot } from "../shared/boot";
import { useCatalog } from "../shared/catalog";
import { Header } from "../shared/Header";
import { useApiKey } from "../shared/key";
import { start } from "../shared/page";
import { Builder, CatalogContext } from "./Builder";
import { ResultPane } from "./ResultPane";
import { setLastRun } from "./run";
import { TabList } from "./TabList";

const served = boot();

/** The operation to be run: right after a turn to another tab GraphiQL still says the last one's name. */
function operationIn(query: string, name: string | null | undefined): { name?: string; isSubscription: boolean } {
  try {
    const operation = getOperationAST(parse(query), name);
    return { name: operation?.name?.value, isSubscription: operation?.operation === "subscription" };
  } catch {
    // What cannot be parsed is sent as it is: the server says what is wrong with it.
    return { name: name ?? undefined, isSubscription: false };
  }
}

const fetcher: Fetcher = async ({ query, operationName: said, variables }) => {
  const { name: operationName, isSubscription } = operationIn(query, said);
  const question = { query, operationName, variables };
  if (operationName === "IntrospectionQuery") return (await post(question)).answer as ExecutionResult;
  const body = { ...question, extensions: WITH_COLUMNS };
  if (!isSubscription) return shown(await post(body));
  const replies = await subscribe(body);
  return "next" in replies ? shownEach(replies) : shown(replies);
};

/** The answer as it was asked for; what else is known of it stands beside it. */
function shown({ answer, status, ms, rate }: Reply, update?: number): ExecutionResult {
  const { columns, ...extensions } = answer.extensions ?? {};
  const { requested: cost, remaining = rate.remaining } = extensions.cost ?? {};
  setLastRun({ status, ms, cost, rate: { ...rate, remaining }, columns, update });
  const { extensions: _all, ...alone } = answer;
  return (Object.keys(extensions).length ? { ...alone, extensions } : alone) as ExecutionResult;
}

/** Stopping reaches the replies themselves, also while one is waited for. */
function shownEach(replies: Replies): AsyncIterableIterator<ExecutionResult, undefined> {
  let updates = 0;
  const results: AsyncIterableIterator<ExecutionResult, undefined> = {
    [Symbol.asyncIterator]: () => results,
    async next() {
      const reply = await replies.next();
      return reply.done ? reply : { done: false, value: shown(reply.value, updates++) };
    },
    async return() {
      await replies.return?.();
      return { done: true, value: undefined };
    },
  };
  return results;
}

interface Tab {
  query: string;
  variables: string;
}

/** A query that another page has linked to: `explorer#query=…&variables=…`. */
function linked(): Tab | undefined {
  const hash = new URLSearchParams(location.hash.slice(1));
  const query = hash.get("query");
  if (!query) return undefined;
  history.replaceState(null, "", location.pathname);
  return { query, variables: hash.get("variables") ?? "" };
}

/** What GraphiQL begins with: the link and the examples, or the tabs of the time before. */
function beginning() {
  const link = linked();
  if (localStorage.getItem("graphiql:tabState")) {
    return link ? { initialQuery: link.query, initialVariables: link.variables } : {};
  }
  // The panels' shares of the width, until somebody drags them.
  localStorage.setItem("graphiql:docExplorerFlex", "0.3");
  localStorage.setItem("graphiql:editorFlex", "0.75");
  const tabs = [...(link ? [link] : []), ...(served.tabs ?? [])];
  return {
    defaultTabs: tabs.map((tab) => ({ ...tab, headers: null })),
    // GraphiQL takes the first tab's query from the tabs, and its variables from here.
    initialVariables: tabs[0]?.variables,
  };
}

const opening = beginning();

const BUILDER: GraphiQLPlugin = {
  title: "Query builder",
  icon: () => (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round">
      <path d="M4 6h10M18 6h2M4 12h2M10 12h10M4 18h8M16 18h4" />
      <circle cx="16" cy="6" r="2" />
      <circle cx="8" cy="12" r="2" />
      <circle cx="14" cy="18" r="2" />
    </svg>
  ),
  content: Builder,
};
const PLUGINS = [BUILDER, HISTORY_PLUGIN];
/** Where panels stand one below the other, the editor comes first: the builder is a touch away. */
const AT_FIRST = matchMedia("(max-width: 50rem)").matches ? undefined : BUILDER;

/** Another key sees another schema. */
function FollowKey() {
  const key = useApiKey();
  const asked = useRef(key);
  const { introspect } = useGraphiQLActions();
  useEffect(() => {
    if (asked.current === key) return;
    asked.current = key;
    void introspect();
  }, [key, introspect]);
  return null;
}

function ExplorerPage() {
  const loaded = useCatalog();
  const isDark = useIsDark();
  return (
    <CatalogContext value={loaded}>
      <Header current="Explorer" dashboards={served.dashboards} />
      <main className="explorer">
        <h1 className="hidden">Explorer</h1>
        <GraphiQL
          fetcher={fetcher}
          {...opening}
          plugins={PLUGINS}
          visiblePlugin={AT_FIRST}
          forcedTheme={isDark ? "dark" : "light"}
          defaultEditorToolsVisibility="variables"
          isHeadersEditorEnabled={false}
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Logo>
            <FollowKey />
            <TabList />
          </GraphiQL.Logo>
          <GraphiQL.Footer>
            <ResultPane />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </CatalogContext>
  );
}

start(<ExplorerPage />);

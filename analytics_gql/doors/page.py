"""The page at `/`: a place to try queries in a browser, without anything from another host."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from analytics_gql.doors.example_query import example_query
from analytics_gql.model.catalog import Catalog


def explorer_page(catalog: Catalog) -> Callable[[Request], Awaitable[Response]]:
    """The page's handler; its first query is made for the catalog."""
    page = _PAGE.replace("@@QUERY@@", html.escape(example_query(catalog))).encode()
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
    }

    async def handler(_request: Request) -> Response:
        return Response(page, headers=headers, media_type="text/html; charset=utf-8")

    return handler


_PAGE = r"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL – analytics-gql</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
  body { margin: 0; display: grid; grid-template-rows: auto 1fr; min-height: 100vh; }
  header { display: flex; gap: 1rem; align-items: center; padding: .6rem 1rem;
           border-bottom: 1px solid #8884; flex-wrap: wrap; }
  h1 { font-size: 1.05rem; margin: 0 auto 0 0; }
  main { display: grid; grid-template-columns: minmax(20rem, 2fr) 3fr; min-height: 0; }
  @media (max-width: 50rem) { main { grid-template-columns: 1fr; } }
  section { display: flex; flex-direction: column; padding: 1rem; gap: .5rem; min-width: 0; }
  section + section { border-left: 1px solid #8884; overflow: auto; }
  label { font-weight: 600; font-size: .85rem; }
  textarea { font: 14px/1.5 ui-monospace, monospace; padding: .6rem; border-radius: 6px;
             border: 1px solid #8886; resize: vertical; tab-size: 2; }
  #query { flex: 1; min-height: 18rem; }
  #variables { height: 5rem; }
  button { font: inherit; font-weight: 600; padding: .4rem 1rem; border-radius: 6px; border: 0;
           background: #b5179e; color: #fff; cursor: pointer; }
  button:focus-visible, textarea:focus-visible { outline: 2px solid #b5179e; outline-offset: 1px; }
  input { font: inherit; padding: .35rem .5rem; border-radius: 6px; border: 1px solid #8886; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
  th, td { padding: .25rem .7rem; border-bottom: 1px solid #8883; text-align: left; }
  td.number, th.number { text-align: right; }
  td.null { opacity: .5; font-style: italic; }
  pre { font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
  .error { border-left: 4px solid #d00000; padding: .3rem .8rem; margin: .4rem 0; }
  #status { font-size: .85rem; opacity: .8; }
</style>
<header>
  <h1>GraphiQL <small>analytics-gql</small></h1>
  <span id="status" role="status"></span>
  <input id="key" type="password" placeholder="API key, if one is needed"
         aria-label="API key" autocomplete="off">
  <button id="run" title="Ctrl + Enter">Run</button>
</header>
<main>
  <section>
    <label for="query">Query</label>
    <textarea id="query" spellcheck="false" autofocus>@@QUERY@@</textarea>
    <label for="variables">Variables (JSON)</label>
    <textarea id="variables" spellcheck="false"></textarea>
  </section>
  <section id="result" aria-label="Result" aria-live="polite"></section>
</main>
<script>
  const $ = id => document.getElementById(id);
  const element = (name, text, className) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  // A number keeps the digits that were sent, behind a character that stands for nothing:
  // JavaScript's own numbers would round decimals.
  const NUMBER = "\uE000";
  const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  const read = text => JSON.parse(text.replace(TOKENS, token =>
    token.startsWith('"') ? token : `"${NUMBER}${token}"`));
  const written = value => JSON.stringify(value, null, 2)
    .replace(new RegExp(`"${NUMBER}([^"]*)"`, "g"), "$1");
  const isNumber = value => typeof value === "string" && value.startsWith(NUMBER);
  const shown = value => isNumber(value)
    ? value.slice(1).replace(/^-?\d+/, digits => digits.replace(/\B(?=(\d{3})+$)/g, ","))
    : String(value);
  const flat = (row, before = "") => Object.assign({}, ...Object.entries(row).map(([key, value]) =>
    value !== null && typeof value === "object" ? flat(value, `${before}${key}.`)
      : { [before + key]: value }));
  const table = (caption, rows) => {
    const node = element("table"), head = element("tr");
    node.append(element("caption", caption));
    rows = rows.map(row => row === null ? null : flat(row));
    const keys = [...new Set(rows.flatMap(row => Object.keys(row ?? {})))];
    const numeric = keys.filter(key => rows.some(row => isNumber(row?.[key])));
    for (const key of keys)
      head.append(element("th", key, numeric.includes(key) ? "number" : ""));
    node.append(head);
    for (const row of rows.slice(0, 1000)) {
      const line = element("tr");
      if (row === null) {
        const cell = element("td", "null", "null");
        cell.colSpan = Math.max(keys.length, 1);
        line.append(cell);
      }
      for (const key of row === null ? [] : keys) {
        const value = row[key] ?? null;
        line.append(element("td", shown(value),
          value === null ? "null" : numeric.includes(key) ? "number" : ""));
      }
      node.append(line);
    }
    return node;
  };
  const listed = (name, rows) => {
    const count = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
    const part = rows.length > 1000 ? ", the first 1,000 of them here" : "";
    return table(`${name}: ${count}${part}`, rows);
  };
  // What a root field gave: a list, a connection with its lists and the rest, one entity, a value.
  const tables = (name, value) => {
    if (value === null || typeof value !== "object") return [table(name, [{ [name]: value }])];
    if (Array.isArray(value)) return [listed(name, value)];
    const members = Object.entries(value);
    const rest = members.filter(([, inner]) => !Array.isArray(inner));
    return [
      ...members.filter(([, inner]) => Array.isArray(inner))
        .map(([key, rows]) => listed(`${name}.${key}`, rows)),
      ...(rest.length ? [table(name, [Object.fromEntries(rest)])] : []),
    ];
  };
  async function run() {
    const result = $("result"), started = performance.now();
    let variables;
    try {
      // Read to see that it can be; sent as it stands, with every digit.
      variables = $("variables").value.trim();
      if (variables) JSON.parse(variables);
    } catch (error) {
      result.replaceChildren(
        element("div", `The variables are not JSON: ${error.message}`, "error"));
      return;
    }
    $("status").textContent = "running …";
    try {
      const headers = { "content-type": "application/json" };
      if ($("key").value) headers["x-api-key"] = $("key").value;
      const response = await fetch("graphql", {
        method: "POST", headers,
        body: `{"query":${JSON.stringify($("query").value)}`
          + (variables ? `,"variables":${variables}}` : "}"),
      });
      const reply = read(await response.text());
      const parts = (reply.errors ?? []).map(error => {
        const node = element("div", undefined, "error");
        node.append(element("strong", `${error.extensions?.code}: `), error.message);
        if (error.extensions?.hint) node.append(element("div", `→ ${error.extensions.hint}`));
        return node;
      });
      for (const [name, value] of Object.entries(reply.data ?? {}))
        parts.push(...tables(name, value));
      const json = element("details");
      json.append(element("summary", "JSON"),
                  element("pre", written(reply).slice(0, 200000)));
      result.replaceChildren(...parts, json);
      $("status").textContent =
        `${response.status} in ${Math.round(performance.now() - started)} ms`;
    } catch (error) {
      $("status").textContent = "";
      result.replaceChildren(
        element("div", `The server cannot be reached: ${error.message}`, "error"));
    }
  }
  $("run").addEventListener("click", run);
  document.addEventListener("keydown", event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  run();
</script>
</html>
"""

/** The same question as other programs ask it. */

import { Kind, parse } from "graphql";

import type { Variables } from "./query";

export type FormName = "curl" | "Python" | "JavaScript" | "Google Sheets" | "Excel";

export interface Question {
  query: string;
  variables: Variables;
  /** Whether the server was asked with a key, whose place is shown and which itself is not. */
  hasKey: boolean;
  origin: string;
}

const KEY = "YOUR_API_KEY";

export const FORMS: Record<FormName, (question: Question) => string> = {
  curl: ({ query, variables, hasKey, origin }) =>
    [
      `curl '${origin}graphql'`,
      "  -H 'content-type: application/json'",
      ...(hasKey ? [`  -H 'x-api-key: ${KEY}'`] : []),
      `  -d '${body(query, variables).replaceAll("'", "'\\''")}'`,
    ].join(" \\\n"),

  Python: ({ query, variables, hasKey, origin }) =>
    [
      "import httpx",
      "",
      `QUERY = ${pythonText(query)}`,
      "",
      "reply = httpx.post(",
      `    "${origin}graphql",`,
      `    json={"query": QUERY, "variables": ${pythonValue(variables)}},`,
      ...(hasKey ? [`    headers={"x-api-key": "${KEY}"},`] : []),
      ")",
      'print(reply.json()["data"])',
    ].join("\n"),

  JavaScript: ({ query, variables, hasKey, origin }) =>
    [
      `const query = \`${query.trimEnd().replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\`;`,
      "",
      `const reply = await fetch("${origin}graphql", {`,
      '  method: "POST",',
      `  headers: { "content-type": "application/json"${hasKey ? `, "x-api-key": "${KEY}"` : ""} },`,
      `  body: JSON.stringify({ query, variables: ${JSON.stringify(variables)} }),`,
      "});",
      "const { data } = await reply.json();",
    ].join("\n"),

  "Google Sheets": (question) => `=IMPORTDATA("${csvUrl(question).replaceAll('"', '""')}")`,

  Excel: (question) =>
    [
      "let",
      `  Answer = Web.Contents("${csvUrl(question).replaceAll('"', '""')}"${question.hasKey ? `, [Headers = [#"x-api-key" = "${KEY}"]]` : ""}),`,
      "  Rows = Csv.Document(Answer, [Encoding = 65001])",
      "in",
      "  Table.PromoteHeaders(Rows)",
    ].join("\n"),
};

export const FORM_NOTES: Partial<Record<FormName, string>> = {
  "Google Sheets": "The server has to be reachable from the internet, and from there without a key: sign a URL for that.",
  Excel: "Data → Get Data → Blank Query → Advanced Editor. One list of rows is answered as CSV.",
};

function body(query: string, variables: Variables): string {
  const has = Object.keys(variables).length > 0;
  return JSON.stringify({ query: squeezed(query), ...(has ? { variables } : {}) });
}

function csvUrl({ query, variables, origin }: Question): string {
  const parameters = new URLSearchParams({ query: squeezed(query), format: "csv" });
  if (Object.keys(variables).length) parameters.set("variables", JSON.stringify(variables));
  return `${origin}graphql?${parameters}`;
}

/** On one line, where no text or comment has line ends of its own. */
function squeezed(query: string): string {
  return /#|"""/.test(query) ? query.trimEnd() : query.replace(/\s+/g, " ").trim();
}

function pythonText(query: string): string {
  return `"""\n${query.trimEnd().replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"')}\n"""`;
}

function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonValue(item)}`).join(", ")}}`;
  return JSON.stringify(value);
}

export interface DocumentFile {
  name: string;
  text: string;
}

/**
 * The text as a file of `persisted_queries/`: one named query, with the variables of now as its
 * example. Raises an error whose message says what a registered document must be.
 */
export function documentFile(query: string, variables: Variables): DocumentFile {
  const operations = parse(query).definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operations.length !== 1 || operation?.kind !== Kind.OPERATION_DEFINITION)
    throw new Error(`A registered document has one operation, and this has ${operations.length}.`);
  if (operation.operation !== "query") throw new Error("Registered documents are queries.");
  if (!operation.name) throw new Error("Give the query a name: query MonthlyRevenue { … }.");
  const name = operation.name.value
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
  const hasExample = /^#\s*example:/m.test(query) || !operation.variableDefinitions?.length;
  const example = hasExample ? "" : `# example: ${JSON.stringify(variables)}\n`;
  return { name: `${name}.graphql`, text: `${example}${query.trimEnd()}\n` };
}

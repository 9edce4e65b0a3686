// urql with its persisted exchange: `node urql.js URL` prints what came back, `node urql.js --map`
// the documents of this file by the hashes that it sends for them.
import { createHash } from "node:crypto";
import { Client, fetchExchange, gql, stringifyDocument } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { print, recordingFetch } from "./recording.js";

const CUSTOMER = gql`
  query UrqlCustomer($id: ID!) {
    customer(id: $id) {
      id
      name
    }
  }
`;
const TOP = gql`
  query UrqlTop($range: DateRange!, $limit: Int!) {
    orderMetrics(
      dateRange: $range
      groupBy: [CATEGORY]
      orderBy: [{ by: REVENUE, direction: DESC }]
      limit: $limit
    ) {
      category
      revenue
    }
  }
`;

const [url, how] = process.argv.slice(2);
if (url === "--map") {
  const texts = [CUSTOMER, TOP].map(stringifyDocument);
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  console.log(JSON.stringify(Object.fromEntries(texts.map((text) => [hash(text), text]))));
} else {
  const client = new Client({
    url,
    fetch: recordingFetch,
    preferGetMethod: false,
    exchanges: [
      persistedExchange({
        preferGetForPersistedQueries: "force",
        enforcePersistedQueries: how === "--enforce",
      }),
      fetchExchange,
    ],
  });
  const day = { start: "2026-06-30", end: "2026-06-30" };
  const answers = [];
  for (const [query, variables] of [
    [CUSTOMER, { id: "98" }],
    [TOP, { range: day, limit: 3 }],
    [CUSTOMER, { id: "2" }],
  ]) {
    const { data, error } = await client.query(query, variables, { requestPolicy: "network-only" });
    if (error) throw error;
    answers.push(data);
  }
  print(answers);
}

// Apollo Client with persisted queries: `node apollo.js URL [MANIFEST]` prints what came back.
// With the manifest that its own tool wrote of this file, it sends identifiers from there; without,
// it hashes each query and registers it where the server does not know it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client/core/index.js";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries/index.js";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import { print, recordingFetch } from "./recording.js";

const CUSTOMER = gql`
  query ApolloCustomer($id: ID!) {
    customer(id: $id) {
      id
      name
      countryInfo {
        region
      }
    }
  }
`;
const CHANNELS = gql`
  query ApolloChannels($start: Date!, $end: Date!, $channels: [String!]) {
    orderMetrics(
      dateRange: { start: $start, end: $end }
      groupBy: [CHANNEL]
      where: { channel: { in: $channels } }
    ) {
      channel
      orderCount
      revenue
    }
  }
`;

const [uri, manifest] = process.argv.slice(2);
const identifiers = manifest
  ? generatePersistedQueryIdsFromManifest({
      loadManifest: async () => JSON.parse(readFileSync(manifest, "utf8")),
    })
  : { sha256: (text) => createHash("sha256").update(text).digest("hex") };
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.from([
    createPersistedQueryLink({ ...identifiers, useGETForHashedQueries: true }),
    new HttpLink({ uri, fetch: recordingFetch }),
  ]),
});
const day = { start: "2026-06-30", end: "2026-06-30" };
const answers = [];
for (const [query, variables] of [
  [CUSTOMER, { id: "98" }],
  [CHANNELS, { ...day, channels: ["email", "organic"] }],
  [CUSTOMER, { id: "2" }],
]) {
  answers.push((await client.query({ query, variables })).data);
}
print(answers);

// A compiled Relay query: `node relay.js URL ARTIFACT` prints what came back. The artifact has an
// identifier in place of the text.
import runtime from "relay-runtime";
import { print, recordingFetch } from "./recording.js";

const { Environment, Network, RecordSource, Store, fetchQuery } = runtime;
const [url, artifact] = process.argv.slice(2);
const { default: compiled } = await import(artifact);

const network = Network.create(async ({ id, text }, variables) => {
  if (text !== null) throw new Error("the artifact has a text: it was not persisted");
  const parameters = new URLSearchParams({ documentId: id, variables: JSON.stringify(variables) });
  const response = await recordingFetch(`${url}?${parameters}`, {
    headers: { accept: "application/graphql-response+json" },
  });
  return response.json();
});
const environment = new Environment({ network, store: new Store(new RecordSource()) });
const answers = [];
for (const variables of [
  { id: "98", orders: 3 },
  { id: "2", orders: 1 },
]) {
  const { customer, orders } = await fetchQuery(environment, compiled, variables).toPromise();
  answers.push({ customer: { name: customer.name }, orders });
}
print(answers);

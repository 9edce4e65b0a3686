// graphql-ws and graphql-sse against the server: `node live.js ws|sse|single URL KEY QUERY SUBSCRIPTION`.
// Prints what comes, a line of JSON each: a query to its end, what is wrong, a change, a bad key.
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

const [how, url, key, query, subscription] = process.argv.slice(2);
const say = (what, told) => console.log(JSON.stringify([what, told]));

const clientWith = (credential) =>
  how === "ws"
    ? createWsClient({
        url: url.replace("http", "ws"),
        webSocketImpl: WebSocket,
        connectionParams: { Authorization: `Bearer ${credential}` },
        retryAttempts: 0,
      })
    : createSseClient({
        url,
        singleConnection: how === "single",
        headers: { Authorization: `Bearer ${credential}` },
        retryAttempts: 0,
      });

const client = clientWith(key);
for await (const { data } of client.iterate({ query })) say("query", data);
say("query", "complete");
try {
  // Over a socket the errors end the operation; in a stream they are an answer, and where
  // operations share one they are the reply to the request that asks for it.
  for await (const { errors } of client.iterate({ query: "{ nothing }" })) throw errors;
} catch (thrown) {
  // Of such a reply the client tells the status alone.
  const { status } = thrown.response ?? {};
  say("wrong", status ?? thrown.map((error) => error.extensions.code));
}
let answers = 0;
for await (const { data } of client.iterate({ query: subscription })) {
  say("live", data);
  answers += 1;
  if (answers === 2) break;
}
client.dispose();

const stranger = clientWith("nobody's");
try {
  for await (const answer of stranger.iterate({ query })) say("stranger", answer);
} catch (refused) {
  say("stranger", refused.code ?? refused.response.status);
}
stranger.dispose();

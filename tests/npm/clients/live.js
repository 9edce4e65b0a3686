// graphql-ws and graphql-sse against the server: `node live.js ws|sse URL KEY QUERY SUBSCRIPTION`.
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
        headers: { Authorization: `Bearer ${credential}` },
        retryAttempts: 0,
      });

const client = clientWith(key);
for await (const { data } of client.iterate({ query })) say("query", data);
say("query", "complete");
try {
  // Over a socket the errors end the operation; in a stream they are an answer.
  for await (const { errors } of client.iterate({ query: "{ nothing }" })) throw errors;
} catch (errors) {
  say("wrong", errors.map((error) => error.extensions.code));
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

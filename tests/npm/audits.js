// Runs the published GraphQL over HTTP audits against a URL; prints {id: [status, name, reason]}.
import { serverAudits } from "graphql-http";

const found = {};
for (const audit of serverAudits({ url: process.argv[2], fetchFn: fetch })) {
  const result = await audit.fn();
  found[audit.id] = [result.status, audit.name, result.reason ?? null];
}
console.log(JSON.stringify(found));

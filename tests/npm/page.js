// Runs the script of the page at `/` on one reply; prints the texts of the tables that it makes.
// Standard input: {"page": the page's HTML, "reply": the text of the server's answer}.
import { readFileSync } from "node:fs";

const { page, reply } = JSON.parse(readFileSync(0, "utf8"));
const [, script] = page.match(/<script>([\s\S]*)<\/script>/);

class Element {
  constructor(name) { this.name = name; this.children = []; this.textContent = ""; this.value = ""; }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  addEventListener() {}
  texts() {
    return [this.textContent, ...this.children.flatMap(child => child.texts?.() ?? [child])]
      .filter(text => text !== "");
  }
}
const elements = {};
const document = {
  getElementById: id => (elements[id] ??= new Element(id)),
  createElement: name => new Element(name),
  addEventListener() {},
};
const fetch = async () => ({ status: 200, text: async () => reply });
new Function("document", "fetch", script)(document, fetch);
await new Promise(resolve => setTimeout(resolve, 50));
const tables = elements.result.children.filter(child => child.name === "table");
console.log(JSON.stringify(tables.map(table => table.texts())));

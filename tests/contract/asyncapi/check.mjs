// Reads an AsyncAPI document with AsyncAPI's own parser; exit 1 and a line for each error.
import { readFile } from "node:fs/promises";
import { DiagnosticSeverity, Parser } from "@asyncapi/parser";

const path = process.argv[2];
const { document, diagnostics } = await new Parser().parse(await readFile(path, "utf8"));
for (const found of diagnostics) {
  console.log(`${DiagnosticSeverity[found.severity] ?? found.severity} ${found.path.join(".")}: ${found.message}`);
}
if (document === undefined) process.exit(1);
const { length: channels } = document.channels().all();
const { length: messages } = document.messages().all();
console.log(`${path}: AsyncAPI ${document.version()}, ${channels} channels, ${messages} messages`);

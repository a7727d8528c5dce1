// Prints the page's types, src/answers.ts, from docs/cli.schema.json, which is made from the types of the answers.
import { readFile, writeFile } from "node:fs/promises";

/** What the page's script reads, with what those refer to. */
const read = ["page", "transitions", "sensitivity", "scan", "interval", "warning"];
const schema = JSON.parse(await readFile(new URL("../docs/cli.schema.json", import.meta.url), "utf8"));
const nameOf = key => key[0].toUpperCase() + key.slice(1);

/** The type that a part of the schema describes; `indent` is that of the line it begins on. */
function typeOf(node, indent) {
  if (node.$ref) {
    const [, , name, ...rest] = node.$ref.split("/");
    return rest.length === 0 ? nameOf(name) : typeOf(rest.reduce((part, key) => part[key], schema.$defs[name]), indent);
  }
  if (node.anyOf) return node.anyOf.map(part => typeOf(part, indent)).join(" | ");
  if ("const" in node) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map(value => JSON.stringify(value)).join(" | ");
  return [node.type].flat().map(kind => {
    if (kind === "array") return arrayOf(node, indent);
    if (kind === "object") return objectOf(node, indent);
    return kind === "integer" ? "number" : kind ?? "unknown";
  }).join(" | ");
}

function arrayOf(node, indent) {
  if (node.prefixItems) return `[${node.prefixItems.map(part => typeOf(part, indent)).join(", ")}]`;
  const item = typeOf(node.items ?? {}, indent);
  return /[|{]/.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function objectOf(node, indent) {
  if (!node.properties) return `Record<string, ${node.additionalProperties ? typeOf(node.additionalProperties, indent) : "unknown"}>`;
  const deeper = indent + "  ", required = node.required ?? [];
  const fields = Object.entries(node.properties).map(([key, value]) =>
    `${comment(value.description, deeper)}${deeper}${key}${required.includes(key) ? "" : "?"}: ${typeOf(value, deeper)};`);
  return `{\n${fields.join("\n")}\n${indent}}`;
}

/** A comment of lines that end by column 140. */
function comment(text, indent) {
  if (!text) return "";
  const lines = text.match(/.{1,120}(\s|$)/g).map(line => line.trim());
  return lines.length === 1 ? `${indent}/** ${lines[0]} */\n` : `${indent}/**\n${lines.map(line => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

const types = read.map(name => `export type ${nameOf(name)} = ${typeOf(schema.$defs[name], "")};`);
await writeFile(new URL("src/answers.ts", import.meta.url), `// Printed by \`npm run types\` from docs/cli.schema.json.\n\n${types.join("\n\n")}\n`);

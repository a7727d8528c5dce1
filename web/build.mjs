// Bundles the page's script and styles, with uPlot and its licence, into what the library embeds.
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";

const out = new URL("../src/Apex/Page/", import.meta.url).pathname;
const licence = (await readFile(new URL("node_modules/uplot/LICENSE", import.meta.url), "utf8")).trim();
const banner = `/* Plots: uPlot 1.6.32, https://github.com/leeoniya/uPlot\n\n${licence}\n*/`;
await build({
  entryPoints: ["src/page.ts"], outfile: out + "page.js", bundle: true, minify: true, format: "iife", target: "es2022", charset: "utf8",
  banner: { js: banner }, legalComments: "none",
});
await build({ entryPoints: ["src/page.css"], outfile: out + "page.css", bundle: true, minify: true, legalComments: "none" });
for (const name of ["page.js", "page.css"])
  await writeFile(out + name, (await readFile(out + name, "utf8")).trimEnd() + "\n");

import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

/** What of zod describes schemas as JSON Schema: each schema refers to it. */
const DESCRIBING = /\/zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/;
const EXPORTED = /^export (?:(?:const|function) (\w+)|\{ \w+ as (\w+) \})/gm;

/** The same names, none of which does anything. What is made for each schema as it is built, fails when it is called. */
export const withoutDescriptions = (text: string): string => {
  const names = [...text.matchAll(EXPORTED)].map(([, name, as]) => name ?? as ?? "");
  const left =
    'const left = () => { throw new Error("JSON Schema is left out of this function: its source has to say that it describes."); };';
  return [left, ...names.map((name) => `export const ${name} = ${name.startsWith("create") ? "() => left" : "left"};`)].join("\n");
};

/** Leaves JSON Schema out of zod, for functions that don't describe their schemas. */
export const leanZod: Plugin = {
  name: "lean-zod",
  setup: (build) =>
    build.onLoad({ filter: DESCRIBING }, ({ path }) => ({ contents: withoutDescriptions(readFileSync(path, "utf8")), loader: "js" })),
};

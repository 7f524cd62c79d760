import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { DirectImports } from "./direct-imports.ts";
import { standInOf } from "./left-out.ts";

/** How the SDK writes a text that schemas use, and a schema's key that is one. */
const TEXT = /^const (_\w+) = ("[^"\\]*");$/gm;
const KEY = /\[(_\w+)\]:/g;
/** How it tells a registry of the class of an error. */
const REGISTERED = /^n0_registry\.registerError\((\w+)\$, \1\);\n/gm;

/** The same schemas with keys written out: to compute a key may do something, so esbuild keeps what has one, though nobody uses it. */
export const withPlainKeys = (schemas: string): string => {
  const texts = new Map([...schemas.matchAll(TEXT)].map(([, name, text]) => [name, text]));
  return schemas.replace(KEY, (key, name: string) => (texts.has(name) ? `${texts.get(name)}:` : key));
};

/**
 * The same schemas without the classes of errors, but for those that say whether to try again: an error that the SDK has no class for is one of
 * the service's, with the same name, message and fields, as for the many that services don't declare.
 */
export const withoutErrorClasses = (schemas: string, errors: string): string => {
  const classes = errors.split(/^export class /m);
  const retryable = new Set(classes.filter((one) => one.includes("$retryable")).map((one) => one.split(" ")[0]));
  return schemas.replace(REGISTERED, (line, name: string) => (retryable.has(name) ? line : ""));
};

const SCHEMAS = /@aws-sdk\/client-[a-z0-9-]+\/dist-es\/schemas\/schemas_\d+\.js$/;
/** Digests in JavaScript, for a Node without its own. */
const DIGEST = /\/(Sha1|Sha256|Md5)Js\.js$/;
const MANIFEST = /@aws-sdk\/client-[a-z0-9-]+\/package\.json$/;

/** A module of the SDK. */
const MODULE = /\/(@aws-sdk|@smithy)\/[a-z0-9-]+\/dist-es\/.*\.js$/;
const PACKAGE = /^@(aws-sdk|smithy)\//;
/** An index of the core, which may also hold code of its own. */
const INDEX = /@(aws-sdk|smithy)\/core\/dist-es\/submodules\/[a-z-]+\/index\.js$/;
const REEXPORT = /^export \{[^}]*\} from "[^"]+";\n/gm;

/** Has esbuild leave out of the AWS SDK's clients what QMOI doesn't use of them, and load with one client nothing that only another needs. */
export const leanSdk: Plugin = {
  name: "lean-sdk",
  setup: (build) => {
    build.onLoad({ filter: DIGEST }, ({ path }) => ({ contents: `export const ${basename(path, ".js")} = undefined;`, loader: "js" }));
    // Of its manifest a client tells the version.
    build.onLoad({ filter: MANIFEST }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
    const direct = new DirectImports(async (specifier, from) => {
      if (!PACKAGE.test(specifier)) return undefined;
      const { path } = await build.resolve(specifier, { resolveDir: dirname(from), kind: "import-statement" });
      return MODULE.test(path) ? path : undefined;
    });
    build.onLoad({ filter: MODULE }, async ({ path }) => {
      const standIn = standInOf(path, process.cwd());
      if (standIn !== undefined) return { contents: standIn, loader: "js" };
      const text = readFileSync(path, "utf8");
      return { contents: await direct.of(leanModule(path, text), path), loader: "js" };
    });
  },
};

/** Nobody asks an index for what it only passes on: whoever uses its own code would load all that with it. */
const leanModule = (path: string, text: string): string => {
  if (SCHEMAS.test(path)) return leanSchemas(path, text);
  return INDEX.test(path) ? text.replace(REEXPORT, "") : text;
};

const leanSchemas = (path: string, text: string): string => {
  const beside = (file: string): string => readFileSync(join(dirname(path), "..", file), "utf8");
  // Where errors have a second name, of an older protocol, their schemas know the first.
  const twoNames = beside("runtimeConfig.shared.js").includes("awsQueryCompatible");
  return twoNames ? withPlainKeys(text) : withoutErrorClasses(withPlainKeys(text), beside("models/errors.js"));
};

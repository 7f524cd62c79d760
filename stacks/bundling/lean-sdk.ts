import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "esbuild";

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

/** Has esbuild leave out of the AWS SDK's clients what QMOI doesn't use of them. */
export const leanSdk: Plugin = {
  name: "lean-sdk",
  setup: (build) => {
    build.onLoad({ filter: SCHEMAS }, ({ path }) => {
      const beside = (file: string): string => readFileSync(join(dirname(path), "..", file), "utf8");
      const plain = withPlainKeys(readFileSync(path, "utf8"));
      // Where errors have a second name, of an older protocol, their schemas know the first.
      const twoNames = beside("runtimeConfig.shared.js").includes("awsQueryCompatible");
      return { contents: twoNames ? plain : withoutErrorClasses(plain, beside("models/errors.js")), loader: "js" };
    });
    build.onLoad({ filter: DIGEST }, ({ path }) => ({ contents: `export const ${basename(path, ".js")} = undefined;`, loader: "js" }));
    // Of its manifest a client tells the version.
    build.onLoad({ filter: MANIFEST }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

import type { Node } from "oxc-parser";
import { lineAt, parse, readSources, walk } from "../../architecture/sources.ts";

/** A call of a store in the engine's source. */
export interface CallSite {
  /** `file:line` within packages/runtime/src, as a stack names it. */
  readonly place: string;
  readonly store: string;
  readonly op: string;
  readonly write: boolean;
}

export const RUNTIME = "packages/runtime/src/";
/** The stores' ports by the names that the engine gives them, and their calls; which of them write. */
const OPS: Readonly<Record<string, readonly string[]>> = {
  table: ["get", "put", "delete", "query", "queryIndex", "scan"],
  blobs: ["get", "put", "list", "delete"],
  logs: ["flush", "read", "deleteRun"],
  hints: ["send"],
  secrets: ["get"],
};
const WRITES = new Set(["put", "delete", "flush", "send", "deleteRun"]);

/** The engine's source files, tests apart. */
export const runtimeSources = () => readSources(`${RUNTIME}**/*.ts`).filter(({ path }) => !path.endsWith(".test.ts"));

const nameOf = (node: Node): string => {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return "";
  return node.property.type === "Identifier" || node.property.type === "PrivateIdentifier" ? node.property.name : "";
};

let calls: readonly CallSite[] | undefined;

/** Every call of a store in the engine's source: `table.get(…)`, `this.#ports.blobs.put(…)` and so on. */
export const storeCalls = (): readonly CallSite[] => {
  calls ??= callsIn();
  return calls;
};

const callsIn = (): CallSite[] =>
  runtimeSources().flatMap((file) => {
    const found: CallSite[] = [];
    walk(parse(file), (node) => {
      if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression" || node.callee.property.type !== "Identifier") return;
      const { object, property } = node.callee;
      const store = nameOf(object);
      if (!OPS[store]?.includes(property.name)) return;
      const place = `${file.path.slice(RUNTIME.length)}:${lineAt(file.text, property.start)}`;
      found.push({ place, store, op: property.name, write: WRITES.has(property.name) });
    });
    return found;
  });

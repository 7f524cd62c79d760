import { lineAt, parse, readSources, walk } from "../../architecture/sources.ts";

/** A call of a store in the engine's source. */
export interface CallSite {
  /** `file:line` within packages/runtime/src, as a stack names it. */
  readonly place: string;
  readonly op: string;
  readonly write: boolean;
}

export const RUNTIME = "packages/runtime/src/";
const TABLE_OPS = new Set(["get", "put", "delete", "query", "queryIndex", "scan"]);
const WRITES = new Set(["put", "delete"]);

/** The engine's source files, tests apart. */
export const runtimeSources = () => readSources(`${RUNTIME}**/*.ts`).filter(({ path }) => !path.endsWith(".test.ts"));

/** Every call of the table in the engine's source: `table.get(…)`, `this.#ports.table.put(…)` and so on. */
export const tableCalls = (): CallSite[] =>
  runtimeSources().flatMap((file) => {
    const found: CallSite[] = [];
    walk(parse(file), (node) => {
      if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression" || node.callee.property.type !== "Identifier") return;
      const { object, property } = node.callee;
      const owner =
        object.type === "Identifier"
          ? object.name
          : object.type === "MemberExpression" && object.property.type === "Identifier"
            ? object.property.name
            : "";
      if (owner !== "table" || !TABLE_OPS.has(property.name)) return;
      found.push({
        place: `${file.path.slice(RUNTIME.length)}:${lineAt(file.text, property.start)}`,
        op: property.name,
        write: WRITES.has(property.name),
      });
    });
    return found;
  });

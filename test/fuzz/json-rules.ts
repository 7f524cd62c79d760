import { parseSync } from "oxc-parser";
import { Unjustified } from "./fuzz.ts";

/** Checks of JSON text that JSON.parse doesn't make, by a parser of JavaScript. Errors: Unjustified. */
export const parseStrictly = (text: string): unknown => {
  const source = text.replace(/^\ufeff/, "");
  const value = JSON.parse(source);
  if (depthOf(value) > 64) throw new Unjustified("it is nested too deep");
  const { program, errors } = parseSync("a.js", `(${source})`);
  if (errors.length > 0) throw new Unjustified(`it is no JavaScript: ${errors[0]?.message}`);
  walk(program as unknown, source);
  return value;
};

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

const walk = (node: unknown, source: string): void => {
  if (typeof node !== "object" || node === null) return;
  const { type, properties, value, raw } = node as {
    type?: string;
    properties?: readonly { key: { value: unknown } }[];
    value?: unknown;
    raw?: string;
  };
  if (type === "ObjectExpression") {
    const keys = (properties ?? []).map(({ key }) => String(key.value));
    if (new Set(keys).size < keys.length) throw new Unjustified("a key is given twice");
    if (keys.includes("__proto__")) throw new Unjustified("a key is __proto__");
  }
  if (
    type === "Literal" &&
    typeof value === "number" &&
    (!Number.isFinite(value) || (/^\d+$/.test(raw ?? "") && BigInt(raw ?? "") !== BigInt(value) && String(value) !== raw))
  ) {
    throw new Unjustified(`the number ${raw} is not what it became`);
  }
  if (type === "Literal" && typeof value === "string" && !value.isWellFormed()) throw new Unjustified("a text is no Unicode");
  for (const inner of Object.values(node)) walk(inner, source);
};

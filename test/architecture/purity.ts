import { isBuiltin } from "node:module";
import type { Node } from "oxc-parser";
import { type Import, importsOf, lineAt, type Problem, parse, type SourceFile, walk } from "./sources.ts";

/** Packages whose decisions depend on nothing but their arguments: the simulator runs them in virtual time. */
export const PURE_PACKAGES = [
  "core",
  "config",
  "forecast",
  "master-automation",
  "advanced-automation",
  "health-monitor",
  "parallel-error-fixer",
  "intelligent-scheduler",
  "data-optimizer",
  "auto-evolution",
  "cloud-integration",
  "runtime",
  "simulator",
] as const;

/** What pure packages may take from Node: functions of their arguments. */
const ALLOWED_BUILTINS: Readonly<Record<string, readonly string[]>> = {
  "node:crypto": ["createHash", "hash", "createHmac", "timingSafeEqual"],
  "node:util": ["isDeepStrictEqual"],
};

const AMBIENT_OBJECTS = new Set(["globalThis", "global"]);
const LOCAL_TIME = /^(get|set)(FullYear|Month|Date|Day|Hours|Minutes|TimezoneOffset)$/;

/** Whether an identifier node stands for a value, not for a property's name, a key or a type. */
const isReference = (node: Node, parent: Node | undefined): boolean => {
  if (!parent) return true;
  if (parent.type.startsWith("TS") && !/^TS(As|Satisfies|NonNull|TypeQuery|TypeAssertion|Instantiation)/.test(parent.type)) return false;
  if (parent.type === "MemberExpression") return parent.object === node || parent.computed;
  if (parent.type === "Property" || parent.type === "PropertyDefinition" || parent.type === "MethodDefinition")
    return parent.value === node || parent.computed;
  return !/^(Import|Export)\w*Specifier$/.test(parent.type);
};

const memberName = (node: Node): string | undefined => {
  if (node.type !== "MemberExpression") return undefined;
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" ? String(node.property.value) : undefined;
};

const dateProblem = (node: Node, parent: Node | undefined): string | undefined => {
  if (parent?.type === "NewExpression" && parent.callee === node) {
    if (parent.arguments.length === 1 && parent.arguments[0]?.type !== "SpreadElement") return undefined;
    return parent.arguments.length === 0
      ? "new Date() reads the clock; take the time as an argument."
      : "new Date with parts reads the machine's time zone; use Date.UTC.";
  }
  if (parent?.type === "BinaryExpression" && parent.operator === "instanceof" && parent.right === node) return undefined;
  if (parent && memberName(parent) !== undefined && /^(UTC|parse)$/.test(memberName(parent) ?? "")) return undefined;
  return "Date may only be used as new Date(time), Date.UTC and Date.parse; take the time as an argument.";
};

const mathProblem = (parent: Node | undefined): string | undefined => {
  const name = parent && memberName(parent);
  return name === undefined || name === "random" ? "Math.random, or Math under another name: take the Random port." : undefined;
};

const identifierProblem = (name: string, node: Node, parent: Node | undefined): string | undefined => {
  if (!isReference(node, parent)) return undefined;
  if (name === "Date") return dateProblem(node, parent);
  if (name === "Math") return mathProblem(parent);
  if (AMBIENT_OBJECTS.has(name)) return `${name} reaches everything that is forbidden; name what you need.`;
  if (name === "eval" || name === "Function") return `${name} runs code that no check sees.`;
  if (name === "Atomics") return "Atomics waits on the clock; decide from the time that is passed in.";
  return undefined;
};

const callProblem = (node: Node): string | undefined => {
  if (node.type !== "CallExpression") return undefined;
  const name = memberName(node.callee) ?? "";
  if (/^format(ToParts)?$/.test(name) && node.arguments.length === 0) return `${name}() without a time formats the current one.`;
  if (LOCAL_TIME.test(name)) return `${name} reads the machine's time zone; use the UTC form.`;
  if (/^toLocale(Date|Time|)String$/.test(name) && node.arguments.length === 0) return `${name}() reads the machine's locale.`;
  if (name === "localeCompare" && node.arguments.length < 2)
    return "localeCompare without a locale orders differently per machine; compare with < and >.";
  return undefined;
};

const importProblem = ({ specifier, names }: Import): string | undefined => {
  if (specifier === undefined) return "imports a module by an expression; no check can follow it.";
  if (!isBuiltin(specifier)) return undefined;
  const allowed = ALLOWED_BUILTINS[specifier];
  if (!allowed) return `imports ${specifier}; declare a port and let an adapter do it.`;
  if (!names) return `imports all of ${specifier}; only ${allowed.join(", ")} are functions of their arguments.`;
  const refused = names.filter((name) => !allowed.includes(name));
  return refused.length > 0
    ? `imports ${refused.join(", ")} of ${specifier}; only ${allowed.join(", ")} are functions of their arguments.`
    : undefined;
};

/**
 * Ways to the clock, randomness, environment and I/O that the linter's rules don't see: Date and Math under other names, global objects,
 * local time zone and locale, and Node's modules. The linter sees the plain globals.
 */
export const impurities = (file: SourceFile): Problem[] => {
  const problems: Problem[] = [];
  const add = (line: number, message: string | undefined): void => {
    if (message) problems.push({ path: file.path, line, message });
  };
  for (const one of importsOf(file)) add(one.line, importProblem(one));
  walk(parse(file), (node, ancestors) => {
    const line = lineAt(file.text, node.start);
    if (node.type === "Identifier") add(line, identifierProblem(node.name, node, ancestors.at(-1)));
    add(line, callProblem(node));
  });
  return problems;
};

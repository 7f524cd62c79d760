import { type Json, type JsonObject, QmoiError } from "@qmoi/core";
import { compilePattern } from "../expression/pattern.ts";
import type { PathSegments } from "../json-path.ts";
import { nearest } from "../nearest.ts";

/** Schemas and listed values that one value may have to be held against, references followed: a chain of references that branch would otherwise double with each link. */
const MOST_SCHEMAS = 2_000;
const SINGLE = new Set([
  "items",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "additionalProperties",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const LISTS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const MAPS = new Set(["properties", "patternProperties", "dependentSchemas"]);
/** Lists each of whose elements is a check of its own. */
const CHECKS = new Set(["enum", "required", "dependentRequired"]);
const DEFINITIONS = "$defs";
const VALUES = [
  "type const default minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems uniqueItems",
  "minContains maxContains minProperties maxProperties title description examples deprecated readOnly writeOnly $comment format pattern $ref",
].flatMap((line) => line.split(" "));
/** What a schema can say. Left out: other ways than `$ref` into `$defs` to name schemas, and `content…`, which checks nothing. */
const KEYWORDS = new Set([...VALUES, ...SINGLE, ...LISTS, ...MAPS, ...CHECKS, DEFINITIONS, "$schema"]);
export const FORMATS = [
  "date",
  "time",
  "date-time",
  "duration",
  "uri",
  "uri-reference",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uuid",
] as const;

export interface SchemaFault {
  readonly path: PathSegments;
  readonly message: string;
}

/**
 * Finds what would make validation by a schema unbounded: references that lead back to themselves or out of the schema, that multiply
 * without end, and regular expressions that need backtracking. A schema without faults takes time linear in the value.
 */
export const schemaFault = (schema: JsonObject): SchemaFault | undefined => {
  try {
    new Guard(schema).check();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return { path: error.path, message: error.message };
    throw error;
  }
};

class Fault extends Error {
  readonly path: PathSegments;
  constructor(path: PathSegments, message: string) {
    super(message);
    this.path = path;
  }
}

class Guard {
  readonly #root: JsonObject;
  /** Schemas that a definition stands for, its references followed; undefined while being counted. */
  readonly #sizes = new Map<string, number | undefined>();

  constructor(root: JsonObject) {
    this.#root = root;
  }

  check(): void {
    for (const name of Object.keys(this.#definitions())) this.#sizeOfDefinition(name, [DEFINITIONS, name]);
    if (this.#size(this.#root, []) > MOST_SCHEMAS) throw tooMany([]);
  }

  #definitions(): JsonObject {
    const definitions = this.#root[DEFINITIONS];
    return isObject(definitions) ? definitions : {};
  }

  #size(schema: Json | undefined, path: PathSegments): number {
    if (!isObject(schema)) return 1;
    let size = 1;
    for (const [keyword, value] of Object.entries(schema)) {
      const at = [...path, keyword];
      if (!KEYWORDS.has(keyword)) throw new Fault(at, `unknown keyword ${JSON.stringify(keyword)}${didYouMean(keyword, KEYWORDS)}`);
      if (keyword === DEFINITIONS && path.length > 0) throw new Fault(at, "$defs is allowed at the top only");
      if (keyword === "$ref") size += this.#reference(value, at);
      else if (keyword === "pattern") checkPattern(value, at);
      else if (keyword === "format") checkFormat(value, at);
      else if (SINGLE.has(keyword)) size += this.#size(value, at);
      else if (CHECKS.has(keyword)) size += countChecks(value);
      else if (LISTS.has(keyword)) size += this.#sum(Array.isArray(value) ? value.entries() : [], at);
      else if (MAPS.has(keyword) && isObject(value)) {
        if (keyword === "properties") checkNames(value, at);
        if (keyword === "patternProperties") for (const pattern of Object.keys(value)) checkPattern(pattern, [...at, pattern]);
        size += this.#sum(Object.entries(value), at);
      }
    }
    return size;
  }

  #sum(schemas: Iterable<readonly [PropertyKey, Json | undefined]>, path: PathSegments): number {
    let size = 0;
    for (const [key, schema] of schemas) size += this.#size(schema, [...path, key]);
    return size;
  }

  #reference(value: Json | undefined, path: PathSegments): number {
    const name = typeof value === "string" ? /^#\/\$defs\/([^/~%]+)$/.exec(value)?.[1] : undefined;
    if (name === undefined || !Object.hasOwn(this.#definitions(), name)) {
      throw new Fault(path, `expected a reference to a schema under $defs, as "#/$defs/name", found ${JSON.stringify(value)}`);
    }
    return this.#sizeOfDefinition(name, path);
  }

  #sizeOfDefinition(name: string, path: PathSegments): number {
    if (this.#sizes.has(name)) {
      const known = this.#sizes.get(name);
      if (known === undefined) throw new Fault(path, `"#/$defs/${name}" leads back to itself`);
      return known;
    }
    this.#sizes.set(name, undefined);
    const size = this.#size(this.#definitions()[name], [DEFINITIONS, name]);
    if (size > MOST_SCHEMAS) throw tooMany(path);
    this.#sizes.set(name, size);
    return size;
  }
}

const tooMany = (path: PathSegments): Fault =>
  new Fault(path, `the schema stands for more than ${MOST_SCHEMAS} schemas and checks once its references are followed`);

const countChecks = (value: Json | undefined): number => {
  const inner = Array.isArray(value) ? [] : isObject(value) ? Object.values(value) : [];
  return (Array.isArray(value) ? value.length : 0) + inner.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 1), 0);
};

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

const checkFormat = (value: Json | undefined, path: PathSegments): void => {
  if (FORMATS.some((format) => format === value)) return;
  throw new Fault(path, `expected one of ${FORMATS.join(", ")}${didYouMean(String(value), FORMATS)}`);
};

const didYouMean = (name: string, names: Iterable<string>): string => {
  const suggestion = nearest(name, names);
  return suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
};

/** Names that every object has already: validation would find a value where there is none. */
const checkNames = (properties: JsonObject, path: PathSegments): void => {
  const taken = Object.keys(properties).find((name) => name in Object.prototype);
  if (taken !== undefined) throw new Fault([...path, taken], `an input can't be named ${JSON.stringify(taken)}`);
};

const checkPattern = (value: Json | undefined, path: PathSegments): void => {
  if (typeof value !== "string") return;
  try {
    new RegExp(value, "u");
  } catch {
    throw new Fault(path, `${JSON.stringify(value.slice(0, 60))} is no regular expression of JavaScript's, with Unicode`);
  }
  try {
    compilePattern(value);
  } catch (error) {
    if (!(error instanceof QmoiError)) throw error;
    throw new Fault(path, error.message.replace(/^The/, "the").replace(/\.$/, ""));
  }
};

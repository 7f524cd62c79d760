import { hasCode, type JsonObject, type QmoiError } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadEverything } from "../load-everything.ts";
import type { Problem } from "../problems.ts";
import { checkInputs, compileInputs } from "./check-inputs.ts";

await loadEverything();

const object = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({ type: "object", properties, ...rest });

const failure = (work: () => unknown): { readonly error: QmoiError; readonly problem: Problem } => {
  try {
    work();
  } catch (error) {
    if (!hasCode(error, "QMOI_INVALID_INPUT") && !hasCode(error, "QMOI_INVALID_WORKFLOW")) throw error;
    return { error, problem: (error.data!.problems as readonly [Problem])[0] };
  }
  throw new Error("accepted");
};

describe("checkInputs", () => {
  it("fills in defaults and leaves what it was given as it is", () => {
    const inputs = { other: 1 };
    const schema = object({ n: { type: "integer", default: 5 }, o: { type: "object", default: {}, properties: { k: { default: [1] } } } });
    expect(checkInputs({ inputs: schema }, inputs)).toEqual({ other: 1, n: 5, o: { k: [1] } });
    expect(inputs).toEqual({ other: 1 });
  });

  it("takes any object where the workflow has no schema, and nothing but an object", () => {
    expect(checkInputs({}, { a: [1] })).toEqual({ a: [1] });
    for (const wrong of [undefined, null, 3, "x", [1]]) expect(failure(() => checkInputs({}, wrong)).error.code).toBe("QMOI_INVALID_INPUT");
  });

  it.each([
    [
      "a misspelt name before the one it leaves missing",
      object({ name: {} }, { required: ["name"], additionalProperties: false }),
      { nmae: 1 },
      "$.nmae",
      'unknown input "nmae"; did you mean "name"?',
    ],
    ["a missing value", object({ n: {} }, { required: ["n"] }), {}, "$.n", "a value is required, found nothing"],
    ["a wrong type", object({ n: { type: ["integer", "null"] } }), { n: "x" }, "$.n", 'expected a whole number or null, found "x"'],
    [
      "a wrong choice",
      object({ n: { enum: ["alpha", "beta"] } }),
      { n: "alhpa" },
      "$.n",
      'expected one of "alpha", "beta", found "alhpa"; did you mean "alpha"?',
    ],
    ["a wrong element", object({ n: { type: "array", items: { type: "string" } } }), { n: ["a", 1] }, "$.n[1]", "expected text, found 1"],
    ["a number out of range", object({ n: { minimum: 1 } }), { n: 0 }, "$.n", "must be >= 1, found 0"],
    ["a format", object({ n: { format: "date" } }), { n: "2024-13-01" }, "$.n", 'must match format "date"'],
    ["a pattern", object({ n: { pattern: "^a+$" } }), { n: "b" }, "$.n", 'must match pattern "^a+$"'],
    [
      "a value under a reference",
      object({ n: { $ref: "#/$defs/x" } }, { $defs: { x: { type: "string" } } }),
      { n: 1 },
      "$.n",
      "expected text",
    ],
    [
      "elements that are equal but for the order of keys",
      object({ n: { uniqueItems: true } }),
      {
        n: [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      },
      "$.n",
      "must not hold the same element twice",
    ],
    ["a key with a slash", object({}, { additionalProperties: { type: "string" } }), { "a/b~c": 1 }, '$["a/b~c"]', "expected text"],
    ["a key that reaches a prototype", object({}), JSON.parse('{"a":{"__proto__":1}}'), "$.a", '"__proto__" is not allowed'],
  ])("refuses %s", (_, schema, inputs, path, message) => {
    const { error, problem } = failure(() => checkInputs({ inputs: schema as JsonObject }, inputs));
    expect(error.code).toBe("QMOI_INVALID_INPUT");
    expect(problem.path).toBe(path);
    expect(problem.message).toContain(message);
  });

  it("keeps apart the patterns of one schema", () => {
    const schema = object({ a: { pattern: "^a$" }, b: { pattern: "^b$" } });
    expect(checkInputs({ inputs: schema }, { a: "a", b: "b" })).toEqual({ a: "a", b: "b" });
    expect(failure(() => checkInputs({ inputs: schema }, { a: "b" })).problem.path).toBe("$.a");
  });

  it("bounds the size, also of what defaults add", () => {
    const large = "x".repeat(64 * 1024);
    expect(() => checkInputs({}, { large })).toThrowError(expect.objectContaining({ code: "QMOI_TOO_LARGE" }));
    const half = object({ a: { default: "x".repeat(40_000) } });
    expect(() => checkInputs({ inputs: half }, { b: "x".repeat(40_000) })).toThrowError(
      expect.objectContaining({ code: "QMOI_TOO_LARGE" }),
    );
  });

  it("accepts what it gave before, unchanged", () => {
    const schema = object(
      { n: { type: "integer", default: 1 }, s: { type: "string" }, l: { type: "array", items: { type: "integer" } } },
      { additionalProperties: false },
    );
    const inputs = fc.record({ n: fc.integer(), s: fc.string(), l: fc.array(fc.integer()) }, { requiredKeys: [] });
    fc.assert(
      fc.property(inputs, (value) => {
        const filled = checkInputs({ inputs: schema }, value);
        expect(filled).toEqual({ n: 1, ...value });
        expect(checkInputs({ inputs: schema }, filled)).toEqual(filled);
      }),
    );
  });
});

describe("compileInputs", () => {
  const chain: Record<string, JsonObject> = { a0: { type: "string" } };
  for (let i = 1; i < 60; i++) chain[`a${i}`] = { anyOf: [{ $ref: `#/$defs/a${i - 1}` }, { $ref: `#/$defs/a${i - 1}` }] };

  it.each<[string, JsonObject, string, string]>([
    ["an unknown keyword", object({ n: { typ: "string" } }), "$.inputs.properties.n.typ", 'unknown keyword "typ"; did you mean "type"?'],
    ["an unknown type", object({ n: { type: "strin" } }), "$.inputs.properties.n.type", "must be equal to one of the allowed values"],
    ["an unknown format", object({ n: { format: "dtae" } }), "$.inputs.properties.n.format", 'did you mean "date"?'],
    ["a type other than object", { type: "array" }, "$.inputs.type", 'expected "object"'],
    ["another draft", { $schema: "http://json-schema.org/draft-07/schema#" }, "$.inputs.$schema", "2020-12"],
    ["a reference to itself", object({ n: { $ref: "#" } }), "$.inputs.properties.n.$ref", "expected a reference to a schema under $defs"],
    [
      "a reference to elsewhere",
      object({ n: { $ref: "https://example.com/s" } }),
      "$.inputs.properties.n.$ref",
      "expected a reference to a schema under $defs",
    ],
    [
      "a definition that leads back to itself",
      object({}, { $defs: { x: { not: { $ref: "#/$defs/y" } }, y: { not: { $ref: "#/$defs/x" } } } }),
      "$.inputs.$defs.y.not.$ref",
      "leads back to itself",
    ],
    [
      "references that double with each link",
      object({ n: { $ref: "#/$defs/a59" } }, { $defs: chain }),
      "$.inputs.$defs.a9",
      "stands for more than 2000 schemas",
    ],
    [
      "a long list of choices",
      object({ n: { enum: Array.from({ length: 3000 }, (_, i) => i) } }),
      "$.inputs",
      "stands for more than 2000 schemas",
    ],
    ["look-around in a pattern", object({ n: { pattern: "(?=a)b" } }), "$.inputs.properties.n.pattern", "look-around"],
    [
      "look-around in the pattern of keys",
      object({}, { patternProperties: { "(?!a)": {} } }),
      '$.inputs.patternProperties["(?!a)"]',
      "look-around",
    ],
    ["asynchronous schemas", { $async: true }, "$.inputs.$async", "unknown keyword"],
    ["names that every object has", object({ toString: { default: "x" } }), "$.inputs.properties.toString", "can't be named"],
    [
      "defaults that can't be filled in",
      object({ n: { anyOf: [{ properties: { a: { default: 1 } } }] } }),
      "$.inputs",
      "default is ignored",
    ],
    ["schemas over their size", object({ n: { description: "x".repeat(70_000) } }), "$.inputs", "larger than 65536 bytes"],
  ])("refuses %s", (_, schema, path, message) => {
    const { error, problem } = failure(() => compileInputs(schema));
    expect(error.code).toBe("QMOI_INVALID_WORKFLOW");
    expect(problem.path).toBe(path);
    expect(problem.message).toContain(message);
  });

  it("matches patterns without backtracking", () => {
    const schema = object({ n: { pattern: "^(a+)+$" } });
    expect(failure(() => checkInputs({ inputs: schema }, { n: `${"a".repeat(60_000)}b` })).problem.path).toBe("$.n");
  });

  it("compiles a schema once", () => {
    const schema = object({});
    expect(compileInputs(schema)).toBe(compileInputs(schema));
  });
});

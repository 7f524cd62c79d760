import { hasCode, type QmoiError } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Problem } from "./problems.ts";
import { readDocument, validate } from "./validate.ts";
import { workflowSchema } from "./workflow.ts";

const process = { type: "process", command: "sh" };
const workflow = (task: object, rest: object = {}): object => ({ name: "w", tasks: [{ name: "a", target: process, ...task }], ...rest });

const refuse = (value: unknown): { error: QmoiError; problems: readonly Problem[] } => {
  try {
    readDocument(workflowSchema, JSON.stringify(value, null, 1), { file: "w.json", code: "QMOI_INVALID_WORKFLOW" });
  } catch (error) {
    if (hasCode(error, "QMOI_INVALID_WORKFLOW")) return { error, problems: error.data?.problems as readonly Problem[] };
    throw error;
  }
  throw new Error("accepted");
};

describe("validate", () => {
  it("fills in defaults", () => {
    const { tasks } = readDocument(workflowSchema, JSON.stringify(workflow({ retry: { attempts: 3 } })));
    expect(tasks[0]?.retry).toEqual({ attempts: 3, backoff: "exponential", delay: 1, cap: 300, jitter: "full" });
  });

  it("says file, line, JSON path, what was expected and what was found", () => {
    const { error, problems } = refuse(workflow({ retry: { attempts: "three" } }));
    expect(error.path).toBe("w.json:11:17 $.tasks[0].retry.attempts");
    expect(error.message).toBe('w.json:11:17 $.tasks[0].retry.attempts: expected a number, found "three".');
    expect(problems).toEqual([
      {
        code: "QMOI_INVALID_WORKFLOW",
        path: "$.tasks[0].retry.attempts",
        message: 'expected a number, found "three"',
        expected: "a number",
        found: '"three"',
        line: 11,
        column: 17,
      },
    ]);
  });

  it("ends with one full stop, whether a schema's own message has one or none", () => {
    for (const own of ["It must begin with a", "It must begin with a."])
      expect(() => validate(z.object({ name: z.string().regex(/^a/, own) }), { name: "b" })).toThrow(/: It must begin with a\.$/);
  });

  it.each([
    ["unknown key", workflow({ retyr: { attempts: 3 } }), "$.tasks[0].retyr", 'unknown key "retyr"; did you mean "retry"?', "retry"],
    [
      "a misspelt key before the key that it leaves missing",
      workflow({ forEach: { lsit: "x" } }),
      "$.tasks[0].forEach.lsit",
      'did you mean "list"?',
      "list",
    ],
    ["wrong choice", workflow({ effect: "onec" }), "$.tasks[0].effect", 'expected one of "once", "repeatable", found "onec"', "once"],
    ["wrong discriminator", workflow({ target: { type: "proces", command: "x" } }), "$.tasks[0].target.type", "expected one of", "process"],
    ["missing discriminator", workflow({ target: { command: "x" } }), "$.tasks[0].target.type", "found nothing", undefined],
    ["key of another target", workflow({ target: { ...process, url: "x" } }), "$.tasks[0].target.url", 'unknown key "url"', undefined],
    ["no branch of a union", workflow({ needs: [3] }), "$.tasks[0].needs[0]", "expected text or an object, found 3", undefined],
    [
      "the branch that was meant",
      workflow({ needs: [{ task: "b", on: "fail" }] }),
      "$.tasks[0].needs[0].on",
      '"success", "failure", "always"',
      "failure",
    ],
    [
      "a secret without a store",
      workflow({ target: { ...process, args: [{ secretRef: "X" }] } }),
      "$.tasks[0].target.args[0].secretRef",
      "`env:NAME`",
      undefined,
    ],
    [
      "a template inside a secret's name",
      workflow({ target: { ...process, args: [{ secretRef: "env:${{ item }}" }] } }),
      "$.tasks[0].target.args[0].secretRef",
      "without templates",
      undefined,
    ],
    [
      "the character 0",
      workflow({ target: { ...process, args: ["a\0b"] } }),
      "$.tasks[0].target.args[0]",
      "without the character 0",
      undefined,
    ],
    ["out of range", workflow({ priority: 11 }), "$.tasks[0].priority", "expected at most 10, found 11", undefined],
    ["too short a list", { name: "w", tasks: [] }, "$.tasks", "expected at least 1 element, found 0", undefined],
    ["a bad name", { ...workflow({}), name: "-w" }, "$.name", "begins and ends with a letter or digit", undefined],
    [
      "a bad key",
      workflow({ tags: { "a b": "x" } }),
      '$.tasks[0].tags["a b"]',
      `"a b" can't be a key here: expected letters, digits`,
      undefined,
    ],
    ["neither of two", workflow({ target: { type: "wait" } }), "$.tasks[0].target", "give either seconds or until", undefined],
    ["the wrong root", [], "$", "expected an object, found an empty list", undefined],
  ])("explains %s", (_, value, path, message, suggestion) => {
    const { problems } = refuse(value);
    expect(problems[0]?.path).toBe(path);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.suggestion).toBe(suggestion);
  });

  it("reports at most 20 problems and counts the rest", () => {
    const { error, problems } = refuse({ name: "w", tasks: Array.from({ length: 30 }, () => ({ name: "a!", target: process })) });
    expect(problems).toHaveLength(20);
    expect(error.data?.count).toBe(30);
    expect(error.message).toContain("(and 29 more problems)");
  });

  it("refuses keys that reach a prototype and nesting without end in values that were not read from text", () => {
    const polluted = JSON.parse(
      '{"name":"w","tasks":[{"name":"a","target":{"type":"process","command":"sh"},"payload":{"__proto__":{"x":1}}}]}',
    );
    expect(() => validate(workflowSchema, polluted)).toThrowError(/\$\.tasks\[0\]\.payload: the key "__proto__" is not allowed/);
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => validate(workflowSchema, workflow({ payload: deep }))).toThrowError(/nested deeper than 64/);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("refuses values that JSON can't say", () => {
    for (const payload of [new Date(0), () => 1, Number.NaN, new Map(), "\ud800", { a: undefined }]) {
      expect(() => validate(workflowSchema, workflow({ payload }))).toThrowError(/expected a JSON value/);
    }
  });

  it("has its own code for input of any kind", () => {
    expect(() => validate(z.strictObject({ a: z.string() }), {})).toThrowError(
      expect.objectContaining({ code: "QMOI_INVALID_INPUT", path: "$.a" }),
    );
  });
});

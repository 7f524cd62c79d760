import { hasCode, type Json } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadEverything } from "../load-everything.ts";
import { evaluateExpression, parseExpression, referencedTasks, type Scope } from "./expression.ts";

await loadEverything();

const scope: Scope = {
  inputs: { n: 3, half: 0.5, s: "abc", list: [1, 2], map: { a: 1 }, nothing: null, long: Array.from({ length: 10_000 }, (_, i) => i) },
  tasks: { a: { state: "succeeded", output: { x: 1 } }, "b-c": { state: "failed", output: null } },
  run: { id: "r1", workflow: "w", startedAt: "2025-01-31T00:00:00.000Z" },
  item: { file: "x" },
  index: 1,
};

describe("evaluateExpression", () => {
  it.each<[string, Json]>([
    ["inputs.n + 1", 4],
    ["1 + inputs.n", 4],
    ["inputs.n / 2", 1.5],
    ["7 / 2", 3],
    ["inputs.n % 2 == 1", true],
    ["inputs.half * 4", 2],
    ["inputs.list.map(x, x * 2)", [2, 4]],
    ["inputs.list[index]", 2],
    ["size(inputs.list) == 2 && 1 in inputs.list", true],
    ["has(inputs.other) ? inputs.other : 'none'", "none"],
    ["inputs.nothing == null", true],
    ["inputs.map == {'a': 1}", true],
    ["[1, 'a', inputs.n, {'k': [true, null]}]", [1, "a", 3, { k: [true, null] }]],
    ["tasks.a.output.x", 1],
    ['tasks["b-c"].state', "failed"],
    ["timestamp(run.startedAt) + duration('24h')", "2025-02-01T00:00:00.000Z"],
    ["inputs.s.matches('^a[b-c]+$')", true],
    ["item.file + '-' + string(index)", "x-1"],
    ["cel.bind(x, inputs.list, x + x)", [1, 2, 1, 2]],
    ["type(inputs.s) == string && int != type(inputs.n)", true],
    ["2u", 2],
    ["b'abc'", "YWJj"],
    ["'${{'", "${{"],
  ])("%s", (text, value) => {
    expect(evaluateExpression(text, scope)).toEqual(value);
  });

  it.each([
    ["inputs.n +", "unexpected token: EOF at character 11"],
    ["1 + 'a'", "no such overload: int + string"],
    ["inptus.n", 'did you mean "inputs"?'],
    ["tasks.a.outptu", 'did you mean "output"?'],
    ["tasks.a[inputs.s]", "a task has state, output, not a computed key"],
    ["tasks[inputs.s].output", "name the task that is read"],
    ["size(tasks)", "name the task that is read"],
    ["'a' in tasks", "name the task that is read"],
    ["run.ID", 'did you mean "id"?'],
    ["inputs.list.map(item, item)", `"item" can't be the name of a variable`],
    ["inputs.missing", "no such key: missing"],
    ["inputs.n ? 1 : 2", "condition must be bool"],
    ["9007199254740993", "use string() to keep its digits"],
    ["0.0 / 0.0", "not a number that JSON has"],
    ["type(1)", "gives no value that JSON has"],
    ["[type(1)]", "has no form in JSON"],
    ["list", '"list" is a type; a task is read as tasks.list.output'],
    ["[int]", '"int" is a type'],
    ["cel", "gives no value that JSON has"],
    ["google.protobuf", '"google" is not known'],
    ["inputs.s.matches('(?=a)')", "look-around and back references don't exist here"],
    ["timestamp('never')", "ISO 8601"],
  ])("refuses %s", (text, message) => {
    expect(() => evaluateExpression(text, scope)).toThrowError(expect.objectContaining({ code: "QMOI_INVALID_EXPRESSION" }));
    expect(() => evaluateExpression(text, scope)).toThrowError(message);
  });

  it("bounds depth, parts and length", () => {
    expect(() => parseExpression("(".repeat(200))).toThrowError("exceeded maxDepth");
    expect(() => parseExpression(`1${"+1".repeat(2000)}`)).toThrowError("exceeded maxAstNodes");
    expect(() => parseExpression(" ".repeat(5000))).toThrowError("longer than 4096 characters");
  });

  const doubled = (first: string, last: string): string => {
    let text = last;
    for (let i = 30; i > 0; i--) text = `cel.bind(v${i},v${i - 1}+v${i - 1},${text})`;
    return `cel.bind(v0,${first},${text})`;
  };

  it.each([
    ["nested loops", "inputs.long.map(a, inputs.long.map(b, 1))"],
    ["membership in loops", "inputs.long.filter(x, x in inputs.long)"],
    ["comparisons in loops", "inputs.long.all(x, inputs.long + [1.0] == inputs.long + [1.0])"],
    ["lists that double", doubled("[1]", "size(v30)")],
    ["strings that double", doubled("'aaaaaaaaaaaaaaaa'", "size(v30)")],
    ["results that share their parts", doubled("[1]", "v30").replace(/(v\d+)\+(v\d+)/g, "[$1,$2]")],
    ["comparisons of shared parts", doubled("[1]", "v30 == [v29]").replace(/(v\d+)\+(v\d+)/g, "[$1,$2]")],
  ])("stops %s after a fixed number of steps", (_, text) => {
    expect(() => evaluateExpression(text, scope)).toThrowError("The expression takes too many steps.");
  });

  it("matches in linear time where backtracking would take for ever", () => {
    const bad = { ...scope, inputs: { s: "a".repeat(50_000) } };
    expect(evaluateExpression("inputs.s.matches('^(a+)+b$')", bad)).toBe(false);
  });

  it("keeps a task's output as it is, whatever its keys", () => {
    const output = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}');
    const value = evaluateExpression("tasks.a.output", { ...scope, tasks: { a: { state: "succeeded", output } } });
    expect(JSON.stringify(value)).toBe(JSON.stringify(output));
    expect(evaluateExpression("tasks.a.output.constructor", { ...scope, tasks: { a: { state: "succeeded", output } } })).toBe(2);
    expect(evaluateExpression("has(tasks.a.output.toString)", { ...scope, tasks: { a: { state: "succeeded", output } } })).toBe(false);
  });

  it("gives any JSON back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(evaluateExpression("item", { ...scope, item: value as Json })).toEqual(value);
      }),
    );
  });

  it("fails with its code only, whatever the text", () => {
    const token = fc.constantFrom(
      "inputs",
      "tasks",
      "a",
      ".",
      "[",
      "]",
      "(",
      ")",
      "{",
      "}",
      "'",
      "1",
      "1.5",
      "+",
      "==",
      "in",
      "map",
      ",",
      "x",
      "?",
      ":",
      "&&",
      "!",
      "-",
      " ",
      "cel.bind",
      "matches",
      "'a'",
      "has",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        try {
          evaluateExpression(tokens.join(""), scope);
        } catch (error) {
          expect(hasCode(error, "QMOI_INVALID_EXPRESSION")).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("references", () => {
  it("are the tasks and inputs that an expression names, and whether it reads the element", () => {
    const { references } = parseExpression(`tasks.a.output.x > 1 ? tasks["b-c"].state : inputs.list.map(t, t + inputs["n"])[index]`);
    expect([...references.tasks]).toEqual(["a", "b-c"]);
    expect([...references.inputs]).toEqual(["list", "n"]);
    expect(references.item).toBe(true);
  });

  it("are found inside comprehensions, bindings, has, keys and literals", () => {
    const text = `[1].map(x, tasks.a.output) + [cel.bind(y, tasks.b.output, y)] + [has(tasks.c.output), {"k": tasks.d.state}, inputs[tasks.e.output]]`;
    expect([...referencedTasks(text)]).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("are none for a variable of a comprehension", () => {
    expect(parseExpression("inputs.map(x, x.output)").references).toEqual({ tasks: new Set(), inputs: new Set(), item: false });
  });
});

import type { Json } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { loadEverything } from "../load-everything.ts";
import type { Scope } from "./expression.ts";
import { parseTemplate } from "./template.ts";

await loadEverything();

const scope: Scope = {
  inputs: { n: 3, list: [1, "a"], name: "x" },
  tasks: { a: { state: "succeeded", output: { rows: 2 } } },
  run: { id: "r1", workflow: "w", startedAt: "2025-01-31T00:00:00.000Z" },
};

const renderTemplate = (value: Json, scope: Scope): Json => parseTemplate(value).render(scope);

describe("rendering a template", () => {
  it.each<[Json, Json]>([
    ["plain", "plain"],
    ["${{ inputs.n }}", 3],
    [" ${{ inputs.n }}", " 3"],
    ["${{ inputs.list }}", [1, "a"]],
    ["rows: ${{ tasks.a.output.rows }}, list: ${{inputs.list}}!", 'rows: 2, list: [1,"a"]!'],
    ["${{ inputs.name }}${{ inputs.name }}", "xx"],
    ['${{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
    ["${{ '}}' + \"}}\" }}", "}}}}"],
    [`\${{ """"}}""" }}`, '"}}'],
    ["${{ 'it\\'s }}' }}", "it's }}"],
    ["${{ '${{' }} stays", "${{ stays"],
    ["$ {{ }} ${ x }", "$ {{ }} ${ x }"],
    [
      { a: ["${{ inputs.n }}", { b: "n=${{ inputs.n }}" }], c: 1, d: null },
      { a: [3, { b: "n=3" }], c: 1, d: null },
    ],
    [{ "${{ inputs.n }}": true }, { "${{ inputs.n }}": true }],
    [{ secretRef: "env:X" }, { secretRef: "env:X" }],
  ])("%j", (template, value) => {
    expect(renderTemplate(template, scope)).toEqual(value);
  });

  it.each([
    ["${{ inputs.n", 'is not closed by "}}"'],
    ["${{ 'a }}", 'is not closed by "}}"'],
    ["a ${{ }}", "The expression at character 3 is empty"],
    ["${{ inputs.n } }", 'is not closed by "}}"'],
    ["${{ inputs.q }}", "no such key: q"],
  ])("refuses %j", (text, message) => {
    expect(() => renderTemplate(text, scope)).toThrowError(message);
  });

  it("says where in the document the expression stands", () => {
    const failing = { a: [{ "b-c": "${{ inputs.q }}" }] };
    const error = expect.objectContaining({ code: "QMOI_INVALID_EXPRESSION", path: '$.tasks[1].payload.a[0]["b-c"]' });
    const template = parseTemplate(failing, ["tasks", 1, "payload"]);
    expect(() => template.render(scope)).toThrowError(error);
    expect(() => parseTemplate({ a: [{ "b-c": "${{ ( }}" }] }, ["tasks", 1, "payload"])).toThrowError(error);
  });

  it("shares one budget among its expressions", () => {
    const long = { ...scope, inputs: { list: Array.from({ length: 2_000 }, (_, i) => i) } };
    const once = "${{ inputs.list.map(a, [1, 2, 3].map(b, a))[0] }}";
    expect(renderTemplate(once, long)).toEqual([0, 0, 0]);
    expect(() =>
      renderTemplate(
        Array.from({ length: 200 }, () => once),
        long,
      ),
    ).toThrowError("too many steps");
  });

  it("finds the end of an expression in linear time", () => {
    expect(() => renderTemplate("${{ '".repeat(20_000), scope)).toThrowError("is not closed");
  });
});

describe("parseTemplate", () => {
  it("knows what it reads, and whether it reads anything", () => {
    const template = parseTemplate({ a: "${{ tasks.a.state }} ${{ tasks.b.state }}", b: ["${{ inputs.n }}", "${{ item }}"] });
    expect(template.constant).toBe(false);
    expect(template.references).toEqual({ tasks: new Set(["a", "b"]), inputs: new Set(["n"]), item: true });
    expect(parseTemplate({ a: [1, "text"] }).constant).toBe(true);
  });
});

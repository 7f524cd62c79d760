import { describe, expect, it } from "vitest";
import { lineAt, type Problem, parse, readSources, report, type SourceFile, walk } from "./sources.ts";

/** Asynchronous properties that nobody waits for: such a test passes whatever happens, and the linter can't see it. */
const unawaited = (file: SourceFile): Problem[] => {
  const problems: Problem[] = [];
  walk(parse(file), (node, ancestors) => {
    if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return;
    const { property } = node.callee;
    const [first] = node.arguments;
    const isAssert = property.type === "Identifier" && /^(assert|check)$/.test(property.name);
    if (!isAssert || first?.type !== "CallExpression" || !file.text.slice(first.callee.start, first.callee.end).endsWith("asyncProperty"))
      return;
    if (ancestors.at(-1)?.type === "ExpressionStatement")
      problems.push({ path: file.path, line: lineAt(file.text, node.start), message: "an asynchronous property needs await." });
  });
  return problems;
};

describe("asynchronous properties", () => {
  it("are awaited everywhere", () => {
    const files = readSources("{packages/*/src,functions,stacks,test}/**/*.test.ts");
    expect(files.length).toBeGreaterThan(0);
    expect(report(files.flatMap(unawaited))).toEqual([]);
  });

  it.each([
    ["it('a', async () => { fc.assert(fc.asyncProperty(fc.nat(), async () => {})); });", 1],
    ["it('a', async () => { await fc.assert(fc.asyncProperty(fc.nat(), async () => {})); });", 0],
    ["it('a', () => fc.assert(fc.asyncProperty(fc.nat(), async () => {})));", 0],
    ["it('a', () => { return fc.assert(fc.asyncProperty(fc.nat(), async () => {})); });", 0],
    ["it('a', () => { fc.assert(fc.property(fc.nat(), () => {})); });", 0],
  ])("are looked at in %s", (text, count) => {
    expect(unawaited({ path: "a.test.ts", text })).toHaveLength(count);
  });
});

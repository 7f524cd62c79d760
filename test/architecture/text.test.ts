import { describe, expect, it } from "vitest";
import { readSources, report } from "./sources.ts";
import { lengthProblems, MAX_LINES, wordProblems } from "./text.ts";

const written = readSources(
  "{packages/*/src,functions,stacks,scripts,test,docs,config,.github}/**/*.{ts,mjs,js,md,yml,html,css,py,sh}",
  "config/**/*.json",
  "{packages/*,functions}/package.json",
  "bin/*.js",
  ".ci/*",
  "*.{ts,md,json}",
).filter(({ path }) => !/^(test\/fixtures\/|test\/bench\/peers\/|package-lock\.json|test\/architecture\/text)/.test(path));

describe("the repository's files", () => {
  it("are read", () => {
    expect(written.map(({ path }) => path)).toContain("packages/core/src/index.ts");
  });

  it("hold no unfinished work, machine paths, registries or trackers", () => {
    expect(report(written.flatMap(wordProblems))).toEqual([]);
  });

  it("are short where they are code", () => {
    const code = written.filter(
      ({ path, text }) => /\.(ts|mjs|js)$/.test(path) && !text.startsWith("// Made from the description of the API"),
    );
    expect(report(code.flatMap(lengthProblems))).toEqual([]);
  });
});

describe("the check of files", () => {
  const messages = (text: string): string[] => report(wordProblems({ path: "a.ts", text }));

  it.each([
    "// TODO later",
    "// FIXME",
    "fetch('https://registry.npmjs.org/qmoi')",
    "see https://pypi.org/project/x",
    "cd /root/qmoi",
    "cd /home/ann/qmoi",
    "open('/Users/ann/x')",
    "as issue 3 says",
    "see issue #12",
    "it.only('a', () => {})",
    "describe.skip('a', () => {})",
    "// @ts-ignore",
  ])("refuses %s", (text) => {
    expect(messages(`\n${text}`)).toHaveLength(1);
    expect(messages(`\n${text}`)[0]).toMatch(/^a\.ts:2 "/);
  });

  it.each(["const todos = []", "the workflow /v1/home/page", "import './root/a.ts'", "no issues were found", "a.skipped(1)", "/tmp/qmoi"])(
    "accepts %s",
    (text) => {
      expect(messages(text)).toEqual([]);
    },
  );

  it("refuses a long source, not a long test", () => {
    const text = "a;\n".repeat(MAX_LINES);
    expect(lengthProblems({ path: "packages/core/src/a.ts", text })).toEqual([]);
    expect(lengthProblems({ path: "packages/core/src/a.ts", text: `${text}a;` })).toHaveLength(1);
    expect(lengthProblems({ path: "packages/core/src/a.test.ts", text: `${text}a;` })).toEqual([]);
  });
});

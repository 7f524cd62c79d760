import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ARROWS, cycles, importProblems, type Manifest, type Manifests, manifestProblems, partEdges } from "./arrows.ts";
import { readSources, report, root } from "./sources.ts";

const manifests: Manifests = new Map(
  readSources("package.json", "packages/*/package.json", "functions/package.json", "stacks/package.json").map(({ path, text }) => [
    dirname(path),
    JSON.parse(text),
  ]),
);
const files = readSources("{packages/*/src,functions,stacks,scripts,test}/**/*.{ts,mjs}", "bin/*.js", "*.ts").filter(
  ({ path }) => !path.startsWith("test/fixtures/") && !path.startsWith("test/bench/peers/"),
);

describe("the repository's imports", () => {
  it("are read from every part", () => {
    expect(files.map(({ path }) => path)).toContain("packages/core/src/index.ts");
    expect(manifests.get("packages/core")).toBeDefined();
  });

  it("follow the arrows, enter packages by their index, and are declared", () => {
    expect(report(files.flatMap((file) => importProblems(file, manifests)))).toEqual([]);
  });

  it("have no upward dependency in a package.json", () => {
    expect(report(manifestProblems(manifests))).toEqual([]);
  });

  it("form no cycle", () => {
    expect(cycles(partEdges(files))).toEqual([]);
    expect(cycles(new Map(Object.entries(ARROWS).map(([name, next]) => [name, new Set(next)])))).toEqual([]);
  });

  it("are all of a package in the lock file, for every platform", () => {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { dependencies?: object; optionalDependencies?: object; resolved?: string; link?: boolean }>;
    };
    const installed = new Set(
      Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)),
    );
    const missing = Object.entries(lock.packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !installed.has(name))
        .map((name) => `${path || "."} needs ${name}; write the lock file anew in a folder without node_modules`),
    );
    expect(missing).toEqual([]);
    const bound = Object.entries(lock.packages).filter(([, { link, resolved }]) => resolved !== undefined && link !== true);
    expect(bound.map(([path]) => `${path} names the host that it came from`)).toEqual([]);
  });
});

const example: Manifests = new Map<string, Manifest>([
  [".", { devDependencies: { vitest: "1", "@types/aws-lambda": "1" } }],
  ["stacks", { devDependencies: { "aws-cdk-lib": "1" } }],
  ["packages/core", { exports: { ".": "./src/index.ts", "./apart": "./src/apart.ts" } }],
  ["packages/config", { dependencies: { "@qmoi/core": "*", zod: "4" } }],
  ["packages/advanced-automation", { dependencies: { "@qmoi/core": "*" }, devDependencies: { "@qmoi/adapters": "*" } }],
  ["functions", { dependencies: { "@qmoi/runtime": "*" } }],
  ["packages/local", { dependencies: { "@qmoi/functions": "*" } }],
]);

const messages = (path: string, text: string): string[] => importProblems({ path, text }, example).map(({ message }) => message);

describe("the check of imports", () => {
  it.each([
    ["upward", "packages/core/src/a.ts", 'import { b } from "@qmoi/config";', "which is not below core"],
    ["upward type", "packages/core/src/a.ts", 'import type { B } from "@qmoi/config";', "which is not below core"],
    ["upward re-export", "packages/core/src/a.ts", 'export * from "@qmoi/runtime";', "which is not below core"],
    ["upward named re-export", "packages/core/src/a.ts", 'export { b } from "@qmoi/runtime";', "which is not below core"],
    ["upward dynamic", "packages/core/src/a.ts", 'const b = await import("@qmoi/runtime");', "which is not below core"],
    ["upward inline type", "packages/core/src/a.ts", 'type B = import("@qmoi/runtime").B;', "which is not below core"],
    [
      "sideways",
      "packages/advanced-automation/src/a.ts",
      'import "@qmoi/intelligent-scheduler";',
      "which is not below advanced-automation",
    ],
    ["system to adapters", "packages/advanced-automation/src/a.ts", 'import "@qmoi/adapters";', "which is not below advanced-automation"],
    ["deep", "packages/config/src/a.ts", 'import { b } from "@qmoi/core/src/errors.ts";', "a file inside of @qmoi/core"],
    ["own name", "packages/core/src/a.ts", 'import { b } from "@qmoi/core";', "its own package by name"],
    ["undeclared workspace", "packages/local/src/a.ts", 'import "@qmoi/adapters";', "packages/local/package.json"],
    ["relative escape", "packages/config/src/a.ts", 'import { b } from "../../core/src/errors.ts";', "reaches out of its package"],
    ["relative escape of a test", "packages/config/src/a.test.ts", 'import { b } from "../../core/src/errors.ts";', "reaches out"],
    ["undeclared", "packages/core/src/a.ts", 'import { z } from "zod";', "imports zod without naming it"],
    ["undeclared scoped", "packages/core/src/a.ts", 'import "@aws-sdk/client-sqs/deep";', "imports @aws-sdk/client-sqs without"],
    ["development only", "packages/core/src/a.ts", 'import { it } from "vitest";', "imports vitest without naming it"],
    ["bare builtin", "packages/local/src/a.ts", 'import "fs";', 'write "node:fs"'],
    ["URL", "packages/local/src/a.ts", 'import "https://example.org/a.js";', "import a package or a relative path"],
    ["stacks beyond config", "stacks/a-stack.ts", 'import "@qmoi/core";', "which is not below stacks"],
    ["what only a deploy has", "scripts/a.ts", 'import { Stack } from "aws-cdk-lib";', "imports aws-cdk-lib without naming it"],
  ])("refuses %s", (_name, path, text, expected) => {
    const found = messages(path, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it.each([
    ["downward", "packages/config/src/a.ts", 'import { b } from "@qmoi/core"; import { z } from "zod";'],
    ["far downward", "packages/local/src/a.ts", 'import { handler } from "@qmoi/functions/api";'],
    ["tests", "packages/advanced-automation/src/a.test.ts", 'import { it } from "vitest"; import { M } from "@qmoi/adapters";'],
    ["types of a declared @types package", "functions/api/handler.ts", 'import type { Event } from "aws-lambda";'],
    ["stacks on config", "stacks/a-stack.ts", 'import { a } from "@qmoi/config"; import { Stack } from "aws-cdk-lib";'],
    ["tests of stacks", "test/stacks/a.test.ts", 'import type { Stack } from "aws-cdk-lib";'],
    ["tests' support", "functions/api/handler.test.ts", 'import { b } from "../../test/support/b.ts";'],
    ["an entry that stands apart", "packages/config/src/a.ts", 'import { b } from "@qmoi/core/apart";'],
    ["relative within", "functions/api/handler.ts", 'import { b } from "../shared/b.ts";'],
    ["a computed one", "packages/local/src/a.ts", "const load = (name: string) => import(name);"],
  ])("accepts %s", (_name, path, text) => {
    expect(messages(path, text)).toEqual([]);
  });

  it("refuses an upward or unknown package in a package.json", () => {
    const wrong: Manifests = new Map<string, Manifest>([
      ["packages/core", { dependencies: { "@qmoi/runtime": "*" } }],
      ["packages/extra", {}],
    ]);
    expect(report(manifestProblems(wrong))).toEqual([
      "packages/core/package.json:1 names @qmoi/runtime, which is not below core.",
      "packages/extra/package.json:1 is not part of the design; add extra to ARROWS in test/architecture/arrows.ts.",
    ]);
  });

  it("finds cycles", () => {
    const edges = (list: Record<string, string[]>) => new Map(Object.entries(list).map(([name, next]) => [name, new Set(next)]));
    expect(cycles(edges({ a: ["b"], b: ["c"], c: ["b"] }))).toEqual([["b", "c", "b"]]);
    expect(cycles(edges({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toEqual([]);
  });

  it("reads the edges between parts", () => {
    const one = { path: "packages/local/src/a.ts", text: 'import "@qmoi/functions/api"; import("@qmoi/core");' };
    expect(partEdges([one])).toEqual(new Map([["local", new Set(["functions", "core"])]]));
  });
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { impurities, PURE_PACKAGES } from "./purity.ts";
import { isTest, readSources, report, root } from "./sources.ts";

describe("the pure packages", () => {
  const files = readSources(`packages/{${PURE_PACKAGES.join(",")}}/src/**/*.ts`).filter(({ path }) => !isTest(path));

  it("are there", () => {
    expect(files.map(({ path }) => path)).toContain("packages/core/src/errors.ts");
  });

  it("are the ones that the linter watches", () => {
    const { overrides } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as { overrides: { includes: string[] }[] };
    expect(overrides.flatMap(({ includes }) => includes)).toContain(`packages/{${PURE_PACKAGES.join(",")}}/src/**/*.ts`);
  });

  it("reach no clock, randomness, timer, environment or I/O", () => {
    expect(report(files.flatMap(impurities))).toEqual([]);
  });
});

const FORBIDDEN = [
  "export const a = Date.now();",
  'export const a = Date["now"]();',
  "export const { now } = Date;",
  "export const Clock = Date;",
  "export const a = new Date();",
  "export const a = new Date(...[]);",
  "export const a = new Date(2030, 1, 1);",
  "export const a = Date();",
  "export const a = Reflect.construct(Date, []);",
  "export const a = new Date(5).getHours();",
  "export const a = new Date(5).toLocaleString();",
  "export const a = new Intl.DateTimeFormat('en').format();",
  'export const a = "a".localeCompare("b");',
  "export const a = Math.random();",
  'export const a = Math["random"]();',
  "export const { random } = Math;",
  "export const M = Math;",
  "export const a = performance.now();",
  "export const a = crypto.randomUUID();",
  "export const a = crypto.getRandomValues(new Uint8Array(1));",
  "setTimeout(() => {}, 1);",
  "setInterval(() => {}, 1);",
  "setImmediate(() => {});",
  "export const a = AbortSignal.timeout(5);",
  "export const a = Atomics.wait(new Int32Array(1), 0, 0, 5);",
  "export const a = new MessageChannel();",
  "export const a = process.env.HOME;",
  "export const a = process.cwd();",
  "export const a = process.hrtime.bigint();",
  "export const a = globalThis.process;",
  "export const a = globalThis;",
  'export const a = eval("Date");',
  'export const a = new Function("return Date")();',
  'export const a = await fetch("http://localhost");',
  "export const a = new WebSocket('ws://localhost');",
  'console.log("a");',
  'import "node:fs";',
  'export { readFileSync } from "node:fs";',
  'export * from "node:fs";',
  'export const a = await import("node:fs");',
  "export const a = (name: string) => import(name);",
  'import { readFile } from "node:fs/promises"; export const a = readFile;',
  'import { spawn } from "node:child_process"; export const a = spawn;',
  'import { connect } from "node:net"; export const a = connect;',
  'import { request } from "node:http"; export const a = request;',
  'import { request } from "node:https"; export const a = request;',
  'import { setTimeout as wait } from "node:timers/promises"; export const a = wait;',
  'import { setTimeout as later } from "node:timers"; export const a = later;',
  'import { cpus } from "node:os"; export const a = cpus;',
  'import { Worker } from "node:worker_threads"; export const a = Worker;',
  'import { DatabaseSync } from "node:sqlite"; export const a = DatabaseSync;',
  'import { performance } from "node:perf_hooks"; export const a = performance;',
  'import { env } from "node:process"; export const a = env;',
  'import { randomUUID } from "node:crypto"; export const a = randomUUID;',
  'import { randomBytes as createHash } from "node:crypto"; export const a = createHash;',
  'import * as crypto from "node:crypto"; export const a = crypto;',
  'import { readFileSync } from "fs"; export const a = readFileSync;',
  'export type Stats = import("node:fs").Stats;',
];

const ALLOWED = [
  "export const a = new Date(5).toISOString();",
  "export const a = (x: unknown): x is Date => x instanceof Date;",
  "export const a = (date: Date): Date[] => [date];",
  "export const a = Date.UTC(2030, 1, 1) + Date.parse('2030-01-01T00:00:00Z');",
  "export const a = new Date(5).getUTCHours() + new Date(5).getTime();",
  "export const a = new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(5);",
  'export const a = "a".localeCompare("b", "en");',
  "export const a = Math.max(1, Math.floor(2.5));",
  "export const a = { Date: 1, Math: 2, global: 3 };",
  "export const a = (clock: { now(): number }, process: string, fetch: (name: string) => number) => clock.now() + fetch(process);",
  "queueMicrotask(() => {});",
  "export const a = structuredClone({ b: new AbortController().signal });",
  'import { createHash } from "node:crypto"; export const a = (text: string) => createHash("sha256").update(text).digest("hex");',
];

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string | { readonly file: string } };
}

describe("the check for purity", () => {
  let folder = "";
  let flagged = new Set<string>();
  const name = (group: string, index: number): string => `packages/core/src/${group}-${index}.ts`;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "purity-"));
    mkdirSync(join(folder, "packages/core/src"), { recursive: true });
    // The linter as it is configured for the repository; only Git is missing in the folder.
    const config = { ...JSON.parse(readFileSync(join(root, "biome.json"), "utf8")), $schema: undefined, vcs: undefined };
    writeFileSync(join(folder, "biome.json"), JSON.stringify(config));
    FORBIDDEN.forEach((text, index) => {
      writeFileSync(join(folder, name("forbidden", index)), text);
    });
    ALLOWED.forEach((text, index) => {
      writeFileSync(join(folder, name("allowed", index)), text);
    });
    const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
    const biome = spawnSync(join(root, "node_modules/.bin/biome"), args, { cwd: folder, encoding: "utf8" });
    const { diagnostics } = JSON.parse(biome.stdout) as { diagnostics: Diagnostic[] };
    const ours = /\/(noRestrictedGlobals|noRestrictedImports|noProcessEnv|noJsRestrictedProperties)$/;
    flagged = new Set(
      diagnostics
        .filter(({ category }) => ours.test(category))
        .map(({ location: { path } }) => (typeof path === "string" ? path : path.file).replace(/^\.\//, "")),
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const isCaught = (path: string, text: string): boolean => flagged.has(path) || impurities({ path, text }).length > 0;

  it.each(FORBIDDEN.map((text, index) => [text, index] as const))("refuses %s", (text, index) => {
    expect(isCaught(name("forbidden", index), text)).toBe(true);
  });

  it.each(ALLOWED.map((text, index) => [text, index] as const))("accepts %s", (text, index) => {
    expect(isCaught(name("allowed", index), text)).toBe(false);
  });

  it("says where and what to do", () => {
    expect(report(impurities({ path: "packages/core/src/a.ts", text: "\nexport const a = new Date();\n" }))).toEqual([
      "packages/core/src/a.ts:2 new Date() reads the clock; take the time as an argument.",
    ]);
  });
});

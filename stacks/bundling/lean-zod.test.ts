import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import type * as Zod from "zod";
import * as z from "zod";
import { leanZod } from "./lean-zod.ts";

it("checks as zod does, with the same words, and describes nothing", async () => {
  const home = mkdtempSync(join(tmpdir(), "qmoi-zod-"));
  try {
    const stdin = { contents: 'export * from "zod";', resolveDir: process.cwd() };
    const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", platform: "node", plugins: [leanZod] });
    const file = join(home, "zod.mjs");
    writeFileSync(file, outputFiles[0]?.text ?? "");
    const lean = (await import(file)) as typeof Zod;
    const schemaOf = (zod: typeof Zod) =>
      zod
        .strictObject({
          n: zod.int().min(1).default(3),
          s: zod.string().regex(/^a/).optional(),
          u: zod.discriminatedUnion("k", [
            zod.object({ k: zod.literal("a") }),
            zod.object({ k: zod.literal("b"), l: zod.array(zod.email()) }),
          ]),
          r: zod
            .record(zod.string(), zod.union([zod.number(), zod.iso.datetime()]))
            .refine((all) => Object.keys(all).length < 3, "too many"),
        })
        .meta({ title: "T" });
    const values = [
      {},
      { u: { k: "a" }, r: {} },
      { u: { k: "b", l: ["x", 3] }, r: { a: 1, b: "no" }, s: "b", n: 0, more: 1 },
      { u: { k: "c" }, r: { a: 1, b: 2, c: 3 }, n: 1.5 },
      null,
    ];
    for (const value of values) {
      const [whole, own] = [schemaOf(z).safeParse(value), schemaOf(lean).safeParse(value)];
      expect(own.success).toBe(whole.success);
      expect(own.error?.issues).toEqual(whole.error?.issues);
      expect(own.data).toEqual(whole.data);
    }
    expect(() => lean.toJSONSchema(schemaOf(lean))).toThrow("left out");
    expect(() => schemaOf(lean).toJSONSchema()).toThrow("left out");
  } finally {
    rmSync(home, { recursive: true });
  }
});

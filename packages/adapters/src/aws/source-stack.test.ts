import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, expect, it, vi } from "vitest";
import { functionLogger } from "./powertools-logger.ts";
import { sourceStack } from "./source-stack.ts";

const home = mkdtempSync(join(tmpdir(), "qmoi-stack-"));
afterAll(() => rmSync(home, { recursive: true }));

/** An error of minified code. `map`: what lies beside it. */
const thrown = async (name: string, map?: string): Promise<Error> => {
  const source = join(home, "source.ts");
  writeFileSync(source, 'export const fail = (): never => {\n  const why: string = "no";\n  throw new Error(why);\n};\n');
  const out = join(home, "out", `${name}.mjs`);
  buildSync({ entryPoints: [source], outfile: out, format: "esm", minify: true, sourcemap: "external" });
  if (map !== undefined) writeFileSync(`${out}.map`, map);
  const { fail } = (await import(/* @vite-ignore */ pathToFileURL(out).href)) as { fail: () => never };
  try {
    return fail();
  } catch (error) {
    return error as Error;
  }
};

/** Where it was thrown. */
const place = (stack = ""): string | undefined => /([^\s(/]+:\d+:\d+)\)?$/m.exec(stack)?.[1];

it("tells where an error was thrown in the sources, in lines of the log too", async () => {
  const error = await thrown("good");
  expect(place(error.stack)).toMatch(/^good\.mjs:1:/);
  expect(place(sourceStack(error.stack ?? ""))).toBe("source.ts:3:9");
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  functionLogger("info").log("error", "failed", { error });
  const line = JSON.parse(String(write.mock.calls[0]?.[0]));
  write.mockRestore();
  expect([place(line.error.stack), place(error.stack)]).toEqual(["source.ts:3:9", "source.ts:3:9"]);
});

it("tells the place in the code where there is no map that can be read", async () => {
  for (const [name, map] of [
    ["torn", "{"],
    ["other", '{"version":3}'],
  ] as const) {
    const { stack = "" } = await thrown(name, map);
    expect(sourceStack(stack)).toBe(stack);
  }
  expect(sourceStack("Error: x\n    at f (file:///nowhere/index.mjs:1:2)")).toContain("(file:///nowhere/index.mjs:1:2)");
});

it("logs an error that can't be changed", () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  functionLogger("info").log("error", "failed", { error: Object.freeze(new Error("frozen")) });
  expect(String(write.mock.calls[0]?.[0])).toContain('"message":"frozen"');
  write.mockRestore();
});

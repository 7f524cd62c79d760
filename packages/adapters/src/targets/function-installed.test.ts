import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FunctionTarget } from "./function-target.ts";
import { testCall } from "./testing/calls.ts";
import { temporaryFolder } from "./testing/folders.ts";

const folder = temporaryFolder();
const target = new FunctionTarget({ baseDir: folder, baseEnv: {} });
afterAll(() => target.close());

describe("FunctionTarget", () => {
  it("calls TypeScript of an installed package", async () => {
    const installed = join(folder, "node_modules", "p");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "f.ts"), 'import { one } from "./g.ts";\nexport const f = (n: number): number => n + one;\n');
    writeFileSync(join(installed, "g.ts"), "export const one: number = 1;\n");
    const { call } = testCall({ type: "function", module: "./node_modules/p/f.ts", export: "f" }, 2);
    expect(await target.run(call)).toMatchObject({ ok: true, output: 3 });
  });
});

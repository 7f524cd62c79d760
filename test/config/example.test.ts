import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FunctionTarget, minimalEnv, ProcessTarget } from "@qmoi/adapters";
import { checkInputs, readWorkflow } from "@qmoi/config/check";
import { loadConfig } from "@qmoi/config/schemas";
import { afterAll, describe, expect, it } from "vitest";
import { Lab } from "./observables/lab.ts";

const baseDir = fileURLToPath(new URL("../../config/workflows/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "qmoi-example-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the example workflow", () => {
  it("counts the words of each file of a folder into a report", async () => {
    const texts = { "a.md": "one two  three\nfour", "b.txt": "* $HOME 'five'\n\n  six\n", "c.json": "", "ignored.png": "no text" };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
    const workflow = readWorkflow(readFileSync(join(baseDir, "example.json"), "utf8"), {}, { file: "example.json" });
    const report = join(folder, "report.out");
    const config = loadConfig(() => undefined);
    const baseEnv = minimalEnv(process.env);
    const runners = [new FunctionTarget({ baseDir, baseEnv }), new ProcessTarget({ baseEnv })];
    const lab = new Lab(config, { runners });
    await lab.engine.start();
    try {
      await lab.plane.publish(workflow);
      const inputs = checkInputs(workflow, { folder, report });
      const { run } = await lab.plane.startRun({ workflow: "example", inputs: inputs as Record<string, string> });
      await lab.ended(run);
      const { items } = await lab.plane.tasks(run);
      expect(items.map(({ name, state, output }) => [name, state, output])).toEqual([
        ["list", "succeeded", { folder, files: [join(folder, "a.md"), join(folder, "b.txt"), join(folder, "c.json")] }],
        expect.arrayContaining(["count", "succeeded"]),
        ["report", "succeeded", { report, files: 3, words: 8 }],
        ["count[0]", "succeeded", 4],
        ["count[1]", "succeeded", 4],
        ["count[2]", "succeeded", 0],
      ]);
      expect(readFileSync(report, "utf8")).toBe(
        `# Words in ${folder}\n\n| file | words |\n| --- | ---: |\n| a.md | 4 |\n| b.txt | 4 |\n| c.json | 0 |\n| **all** | **8** |\n`,
      );
    } finally {
      await lab.engine.stop();
      for (const runner of runners) await runner.close?.();
    }
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SCENES } from "./scenes/index.ts";

describe.each(Object.entries(SCENES))("the condition %s", (site, scenes) => {
  it("is all that prevents damage when another process was faster", async () => {
    for (const scene of scenes) expect(await scene({})).toBeUndefined();
    for (const scene of scenes) expect(await scene({ dropped: [site] })).toBeTypeOf("string");
  });
});

describe("the conditions of the runtime", () => {
  it("have a scene each", () => {
    const folder = new URL("../../packages/runtime/src/", import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
    );
    const source = files.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
    const sites = [...source.matchAll(/(?:site: |unchanged\(|putHeader\([^;]*, )"([a-z]+\.[a-z]+)"/g)].map((match) => match[1]);
    expect(sites.length).toBeGreaterThan(15);
    expect([...new Set(sites)].sort()).toEqual(Object.keys(SCENES).sort());
  });
});

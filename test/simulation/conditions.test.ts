import { describe, expect, it } from "vitest";
import { CHECKS } from "./scenes/checks.ts";
import { SCENES } from "./scenes/index.ts";
import { RUNTIME, runtimeSources } from "./support/call-sites.ts";
import { checksInSource, conditionsInSource } from "./support/mutants.ts";

describe.each(Object.entries(SCENES))("the condition %s", (site, scenes) => {
  it("is all that prevents damage when another process was faster", async () => {
    for (const scene of scenes) expect(await scene({})).toBeUndefined();
    for (const scene of scenes) expect(await scene({ dropped: [site] })).toBeTypeOf("string");
  });
});

describe("the conditions of the runtime", () => {
  it("have a scene each", () => {
    const sites = conditionsInSource();
    expect(sites.length).toBeGreaterThan(15);
    expect(sites).toEqual(Object.keys(SCENES).sort());
  });
});

describe("the checks of control and token", () => {
  it("are listed one by one", () => {
    expect(Object.keys(CHECKS)).toHaveLength(checksInSource());
  });

  it.each(Object.entries(CHECKS))("%s: stands once in the source, where it can be taken away", (_, { file, from }) => {
    const source = runtimeSources().find(({ path }) => path === `${RUNTIME}${file}`);
    expect(source?.text.split(from)).toHaveLength(2);
  });

  it.each(Object.entries(CHECKS))("%s: its scenes hold with it", async (_, { scenes }) => {
    for (const scene of scenes) expect(await scene({})).toBeUndefined();
  });
});

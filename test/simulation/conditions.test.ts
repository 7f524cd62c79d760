import { describe, expect, it } from "vitest";
import { SCENES } from "./scenes/index.ts";

describe.each(Object.entries(SCENES))("the condition %s", (site, scenes) => {
  it("is all that prevents damage when another process was faster", async () => {
    for (const scene of scenes) expect(await scene({})).toBeUndefined();
    for (const scene of scenes) expect(await scene({ dropped: [site] })).toBeTypeOf("string");
  });
});

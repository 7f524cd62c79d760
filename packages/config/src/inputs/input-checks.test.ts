import { expect, it, vi } from "vitest";

it("checks inputs by a schema without patterns where nothing has loaded them before", async () => {
  vi.resetModules();
  const { checkRunInputs } = await import("./input-checks.ts");
  const inputs = { type: "object", properties: { n: { type: "integer", default: 1 } } };
  expect(await checkRunInputs({ inputs }, {})).toEqual({ n: 1 });
  await expect(checkRunInputs({ inputs }, { n: "x" })).rejects.toMatchObject({ code: "QMOI_INVALID_INPUT", path: "$.n" });
});

import { resolve } from "node:path";
import { expect, it } from "vitest";
import { readWorkflow } from "./workflow-file.ts";

const FILE = "config/workflows/example.json";
const moduleFor = (env: { readonly QMOI_URL?: string }): unknown => {
  const [{ target }] = readWorkflow(FILE, env).tasks as unknown as [{ readonly target: { readonly module: string } }];
  return target.module;
};

it.each([{}, { QMOI_URL: "http://127.0.0.1:4600" }, { QMOI_URL: "http://localhost:4600" }])(
  "tells a server of this machine where a module lies: %j",
  (env) => {
    expect(moduleFor(env)).toBe(resolve("config/workflows/example/word-counts.ts"));
  },
);

it("tells a stage the text by which its function was deployed", () => {
  expect(moduleFor({ QMOI_URL: "https://a.execute-api.eu-central-1.amazonaws.com" })).toBe("./example/word-counts.ts");
});

import { afterAll, expect, it } from "vitest";
import { ProcessTarget } from "./process-target.ts";
import { testCall } from "./testing/calls.ts";

const target = new ProcessTarget({ baseEnv: { PATH: process.env.PATH ?? "" } });
afterAll(() => target.close());
const run = (definition: Record<string, unknown>) => target.run(testCall({ type: "process", output: "text", ...definition } as never).call);

it("numbers and booleans that templates became are text for a process", async () => {
  const script = 'printf "%s|" "$@" "$FACTOR"; cat';
  const result = await run({ command: "sh", args: ["-c", script, "sh", 1, 2.5, true], env: { FACTOR: 3 }, stdin: 7 });
  expect(result).toMatchObject({ ok: true, output: "1|2.5|true|3|7" });
});

it("lists and objects are refused with their place", async () => {
  const result = await run({ command: "true", args: ["a", { b: 1 }] });
  expect(result).toMatchObject({
    ok: false,
    failure: { class: "invalid", message: "$.target.args.1: must be text, a number or a boolean" },
  });
});

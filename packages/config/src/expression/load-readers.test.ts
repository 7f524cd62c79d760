import { beforeEach, describe, expect, it, vi } from "vitest";

/** The module with nothing loaded yet, as in a process that has just begun. */
const fresh = async () => {
  vi.resetModules();
  const { expressions } = await import("./expression.ts");
  const { patterns } = await import("./pattern.ts");
  const { loadReaders } = await import("./load-readers.ts");
  return { expressions, patterns, loadReaders };
};
const task = (part: object): string => JSON.stringify({ name: "w", tasks: [{ name: "a", target: { type: "http" }, ...part }] });

describe("what a definition is read by", () => {
  let now: Awaited<ReturnType<typeof fresh>>;
  const loaded = (): readonly boolean[] =>
    [now.expressions, now.patterns].map((late) => {
      try {
        return late.value !== undefined;
      } catch {
        return false;
      }
    });

  beforeEach(async () => {
    now = await fresh();
  });

  it.each([
    ["no expression", {}, [false, false]],
    ["a template", { payload: { count: ["${{ inputs.n }}"] } }, [true, false]],
    ["when", { when: "inputs.n > 1" }, [true, false]],
    ["forEach", { forEach: { list: "inputs.list", max: 3 } }, [true, false]],
    ["a regular expression", { when: 'inputs.n.matches("a+")' }, [true, true]],
  ])("%s", async (_, part, expected) => {
    await now.loadReaders(task(part));
    expect(loaded()).toEqual(expected);
  });

  it("can't be used before: the error says what is missing", () => {
    expect(() => now.expressions.value).toThrow("Expressions are used before they are loaded");
  });
});

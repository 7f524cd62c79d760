import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapturedOutput, type OutputMode } from "./captured-output.ts";

const output = (text: string | Uint8Array, mode?: OutputMode, limit?: number) => {
  const captured = new CapturedOutput(limit);
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  for (let i = 0; i < bytes.length; i += 7) captured.push(bytes.subarray(i, i + 7));
  return captured.toOutput(mode);
};

describe("CapturedOutput", () => {
  it("takes all of it as JSON if it parses", () => {
    expect(output('{"a": [1,\n2]}\n')).toEqual({ a: [1, 2] });
    expect(output("42\n")).toBe(42);
    expect(output("null")).toBe(null);
  });

  it("is text otherwise, without the last line's end", () => {
    expect(output("one\n{}\n")).toBe("one\n{}");
    expect(output("{}\n", "text")).toBe("{}");
  });

  it("takes the last line where json is asked for, and text if that doesn't parse", () => {
    expect(output('loading\n{"rows": 3}\n', "json")).toEqual({ rows: 3 });
    expect(output("loading\ndone\n", "json")).toBe("loading\ndone");
  });

  it("is nothing where there is nothing, or nothing is wanted", () => {
    expect(output("")).toBeUndefined();
    expect(output(" \n")).toBeUndefined();
    expect(output("{}", "none")).toBeUndefined();
  });

  it("keeps the last 4 KB of text, at a whole character", () => {
    const text = output(`${"é".repeat(4000)}x`) as string;
    expect(text).toBe(`${"é".repeat(2047)}x`);
  });

  it("doesn't take a cut beginning for the whole, but finds the last line", () => {
    const long = `${"1".repeat(100)}\n7`;
    expect(output(long, undefined, 10)).not.toBe(7);
    expect(output(long, "json", 10)).toBe(7);
    expect(output("1".repeat(100), undefined, 10)).toBeTypeOf("string");
  });

  it("gives back any JSON value and never throws on bytes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(output(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom<OutputMode | undefined>("json", "text", "none", undefined),
        (bytes, mode) => {
          output(bytes, mode, 16);
        },
      ),
    );
  });

  it("names the last line", () => {
    const captured = new CapturedOutput();
    captured.push(Buffer.from("first\nno such table: t\n\n"));
    expect(captured.lastLine()).toBe("no such table: t");
  });
});

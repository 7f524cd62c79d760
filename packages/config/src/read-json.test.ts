import { hasCode, type QmoiError } from "@qmoi/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson } from "./read-json.ts";

const failure = (text: string, file?: string): QmoiError => {
  try {
    readJson(text, file === undefined ? {} : { file });
  } catch (error) {
    if (hasCode(error, "QMOI_INVALID_JSON")) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
};

describe("readJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 3 }), (text, indent) => {
        const value = JSON.parse(text);
        if (text.includes("__proto__")) return;
        expect(JSON.stringify(readJson(JSON.stringify(value, null, indent)))).toBe(JSON.stringify(value));
      }),
    );
  });

  it("reads every escape, the widest numbers, and skips a byte order mark", () => {
    expect(
      readJson('\ufeff {"a\\u0062\\n\\"\\\\\\/\\t": [1e3, -0.5, 1.5E-2, 9007199254740991, true, false, null, "\\ud83d\\ude00"]} '),
    ).toEqual({
      'ab\n"\\/\t': [1000, -0.5, 0.015, 9007199254740991, true, false, null, "😀"],
    });
  });

  it("refuses what JSON.parse refuses", () => {
    const damage = (text: string, at: number, character: string): string => text.slice(0, at) + character + text.slice(at + 1);
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", '"', "0", "-", "\\", "\n", "x", ":"),
        (text, at, character) => {
          const damaged = damage(text, at % text.length, character);
          let valid = true;
          try {
            JSON.parse(damaged);
          } catch {
            valid = false;
          }
          if (!valid) expect(failure(damaged).code).toBe("QMOI_INVALID_JSON");
        },
      ),
    );
  });

  it.each([
    ["", "expected a value, found the end"],
    ["[1,]", 'no element follows the comma before "]"'],
    ['{"a":1,}', 'no element follows the comma before "}"'],
    ["{a:1}", 'expected a key in double quotes, found "a"'],
    ['{"a" 1}', 'expected ":", found "1"'],
    ["[1 2]", 'expected "," or "]", found "2"'],
    ['"a', "the string is not closed"],
    ['"a\nb"', "a control character inside a string must be written as an escape"],
    ['"\\x"', '"\\x" is not an escape'],
    ['"\\u00g0"', '"\\u" is not an escape'],
    ["01", "the number is not written as JSON has it"],
    ["1.", "the number is not written as JSON has it"],
    ["-", 'expected a number, found "-"'],
    ["1e999", "the number is out of range"],
    ["9007199254740993", "the integer has more digits than a number can hold exactly; write it as a string"],
    ['"\\ud800"', "the string holds half of a surrogate pair"],
    ['{"a":1,"a":2}', 'the key "a" is given twice'],
    ['{"__proto__":{}}', 'the key "__proto__" is not allowed'],
    ["1 2", 'expected the end of the document, found "2"'],
    [`${"[".repeat(65)}`, "lists and objects are nested deeper than 64"],
    ["nul", 'expected a value, found "n"'],
  ])("refuses %j and says why", (text, message) => {
    expect(failure(text).message).toContain(message);
  });

  it("says file, line, column and JSON path", () => {
    const error = failure('{\n  "tasks": [\n    {"name": "a", "name": "b"}\n  ]\n}', "w.json");
    expect(error.path).toBe("w.json:3:19 $.tasks[0]");
    const message = 'the key "name" is given twice';
    expect(error.data).toEqual({
      file: "w.json",
      count: 1,
      problems: [{ code: "QMOI_INVALID_JSON", path: "$.tasks[0]", message, line: 3, column: 19 }],
    });
  });

  it("refuses a document over its size, counted in bytes of UTF-8", () => {
    expect(() => readJson('"äää"', { maxBytes: 7 })).toThrowError(expect.objectContaining({ code: "QMOI_TOO_LARGE" }));
    expect(readJson('"äää"', { maxBytes: 8 })).toBe("äää");
  });

  it("keeps depth in bounds of the stack, however deep the text", () => {
    expect(failure("[".repeat(1_000_000)).code).toBe("QMOI_INVALID_JSON");
  });
});

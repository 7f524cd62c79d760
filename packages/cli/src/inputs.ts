import { readFileSync } from "node:fs";
import { readJson } from "@qmoi/config";
import { QmoiError } from "@qmoi/core";

/** Text of a file; `-` is standard input. Rejects with QMOI_USAGE when it can't be read. */
export const readText = (file: string): string => {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "There is no such file" : message;
    throw new QmoiError("QMOI_USAGE", `${file} can't be read: ${why}.`, { path: file, remedy: "Check the file's name.", cause });
  }
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The inputs of a run: those of the file, overridden by `name=value`, whose value is JSON if it is that, else text. */
export const readInputs = (pairs: readonly string[], file: string | undefined): Record<string, unknown> => {
  const inputs = file === undefined ? {} : readJson(readText(file), { file });
  if (!isObject(inputs))
    throw new QmoiError("QMOI_USAGE", `${file} must hold a JSON object.`, {
      ...(file ? { path: file } : {}),
      remedy: 'Write {"name": value, …}.',
    });
  const given = pairs.map((pair): [string, unknown] => {
    const mark = pair.indexOf("=");
    if (mark < 1) throw new QmoiError("QMOI_USAGE", `\`${pair}\` is not name=value.`, { path: "--input" });
    return [pair.slice(0, mark), parseValue(pair.slice(mark + 1))];
  });
  return { ...inputs, ...Object.fromEntries(given) };
};

const parseValue = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

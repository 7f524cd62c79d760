import { hash } from "node:crypto";
import type { Json } from "./json.ts";

/** JSON with sorted keys and without undefined: equal values give equal text. */
export const canonicalJson = (value: Json | undefined): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((entry: Json) => canonicalJson(entry)).join(",")}]`;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry as Json)}`).join(",")}}`;
};

/** Lower-case hexadecimal SHA-256. */
export const sha256 = (data: string | Uint8Array): string => hash("sha256", data, "hex");

import type { TrackStore } from "@qmoi/core";
import { type AuditRecord, redactText } from "@qmoi/master-automation";

export const TRACKS_FILE = "TRACKS.md";
/** Size at which the file becomes a dated one. */
export const MAX_BYTES = 256 * 1024;
const TITLE = "# Tracks\n";
const LINE_CHARACTERS = 500;

/** Its text is made when it is written: who logs doesn't wait for it. */
export interface Note {
  readonly at: number;
  readonly kind: "action" | "change" | "error" | "debug";
  readonly text: () => string;
}

export interface Line {
  readonly at: number;
  readonly line: string;
}

/** Lines by day, the newest day first. */
export type Days = { readonly day: string; readonly lines: string[] }[];

/** One line with its exact time, without secrets. */
export const lineOf = ({ at, kind, text }: Note): Line => {
  const clean = redactText(text()).replace(/\s+/g, " ").slice(0, LINE_CHARACTERS);
  return { at, line: `- ${new Date(at).toISOString().slice(11)} **${kind}** ${clean}` };
};

/** What a record of the audit is to people. */
export const noteOf = ({ at, action, subject, who, outcome, reason }: AuditRecord): Note => ({
  at,
  kind: /^(config|workflow|update)\./.test(action) ? "change" : "action",
  text: () => `${action} ${subject} by ${who}: ${outcome}${reason === undefined ? "" : ` (${reason})`}`,
});

export const addLines = (days: Days, lines: readonly Line[]): void => {
  for (const { at, line } of lines) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (days[0]?.day !== day) days.unshift({ day, lines: [] });
    days[0]?.lines.push(line);
  }
};

/** The dated name that a full file gets. */
export const freeName = async (store: TrackStore, days: Days): Promise<string> => {
  const day = days[0]?.day ?? "";
  for (let n = 1; ; n++) {
    const name = n === 1 ? `TRACKS-${day}.md` : `TRACKS-${day}.${n}.md`;
    if ((await store.read(name)) === undefined) return name;
  }
};

export const renderTracks = (days: Days): string => TITLE + days.map(({ day, lines }) => `\n## ${day}\n\n${lines.join("\n")}\n`).join("");

export const parseTracks = (text: string): Days =>
  text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({ day: part.slice(0, 10), lines: part.split("\n").filter((line) => line.startsWith("- ")) }));

import type { CommandPreview, CommandStep, MasterCommandAnswer, SystemState, Verification } from "@qmoi/client";
import { type Release, type VersionChange, versionChanges } from "@qmoi/core";
import type { Ansis } from "ansis";
import { intervalText, secondsText } from "../../forecast/forecast-text.ts";
import { duration, localTime, oneLine, plural } from "../../format.ts";

const MARKS: Readonly<Record<string, string>> = {
  done: "✓",
  succeeded: "✓",
  failed: "✗",
  refused: "✗",
  compensated: "↺",
  running: "…",
  queued: "…",
  skipped: "-",
};

const coloured = (style: Ansis, state: string): string => {
  const text = `${MARKS[state] ?? ""} ${state}`;
  if (state === "succeeded" || state === "done") return style.green(text);
  return state === "failed" || state === "refused" || state === "compensated" ? style.red(text) : style.dim(text);
};

const wavesText = (waves: readonly (readonly string[])[]): string => waves.map((wave) => wave.join(" + ")).join(" → ") || "none";
const drainText = ({ expected, likely, longest, unknown }: NonNullable<CommandPreview["drain"]>): string => {
  const interval = likely ? ` (${intervalText({ ...likely, coverageTarget: likely.share }, secondsText)})` : "";
  return `${secondsText(expected)} expected${interval}, ${secondsText(longest)} at most${unknown > 0 ? `; of ${unknown} only the timeout is known` : ""}`;
};

export const previewText = (style: Ansis, preview: CommandPreview): string => {
  const { command, waves, needsBackup, affected, drain, irreversible, refusal, confirm } = preview;
  const line = (name: string, value: string): string => `  ${style.dim(name.padEnd(10))} ${value}\n`;
  return [
    `${style.bold(command)} would do this; nothing was done:\n`,
    line("modules", wavesText(waves)),
    line("backup", needsBackup ? "first" : command === "restore_system" ? "of what is there now, by the restore itself" : "none"),
    line(
      "affects",
      `${plural(affected.running, "running attempt")}, ${plural(affected.queued, "queued task")} of ${plural(affected.runs, "run")}`,
    ),
    ...(drain ? [line("drain", drainText(drain))] : []),
    ...updateLines(line, preview.details),
    ...restoreLines(line, preview.details),
    ...(irreversible === undefined ? [] : [line("for good", irreversible)]),
    ...(refusal ? [line("refused", `${refusal.Cause} (${refusal.Error})`)] : []),
    ...(confirm === undefined ? [] : [line("confirm", confirm)]),
  ].join("");
};

const changesText = (changes: readonly VersionChange[]): string =>
  changes.map(({ name, from, to }) => `${name} ${from} → ${to}`).join(", ");

/** From where to where an update leads. */
const updateLines = (line: (name: string, value: string) => string, details: unknown): readonly string[] => {
  const { moves, schema, steps } = (details ?? {}) as {
    readonly moves?: readonly ({ readonly wave: number; readonly module: string } & VersionChange)[];
    readonly schema?: number;
    readonly steps?: readonly string[];
  };
  if (!moves) return [];
  const changes = Map.groupBy(moves, ({ wave, module }) => `wave ${wave}, ${module}`);
  return [
    ...[...changes].map(([where, each]) => line("moves", `${where}: ${changesText(each)}`)),
    ...(moves.length > 0 ? [] : [line("moves", "nothing: the newest versions run")]),
    line("schema", `${schema}${steps?.length ? ` → ${steps.join("; ")}` : ", the newest"}`),
  ];
};

/** What a restore brings back, and what it takes. */
const restoreLines = (line: (name: string, value: string) => string, details: unknown): readonly string[] => {
  const { backup, runsLost = 0 } = (details ?? {}) as {
    readonly backup?: { readonly id: string; readonly at: string; readonly items: number };
    readonly runsLost?: number;
  };
  if (!backup) return [];
  const { id, at, items } = backup;
  return [
    line("restores", `${plural(items, "item")} of ${localTime(at)} (${id})`),
    line("loses", `${plural(runsLost, "run")} begun since`),
  ];
};

export const stepText = (style: Ansis, { step, module, wave, status, failure }: CommandStep): string =>
  `  ${coloured(style, status)}  ${step}${module === undefined ? (wave < 0 ? "" : ` wave ${wave + 1}`) : ` ${module}`}${failure ? `  ${failure.Cause}` : ""}\n`;

/** How far a backup or restore has come. */
export const progressText = (style: Ansis, { phase, done, total }: NonNullable<MasterCommandAnswer["progress"]>): string => {
  const count = total === undefined ? (done === 0 ? "" : `  ${done}`) : `  ${done} of ${total}`;
  return `  ${style.dim(`… ${phase}${count}`)}\n`;
};

/** A finished command, with what it is about. */
export const commandText = (style: Ansis, view: MasterCommandAnswer): string => {
  const { evidence, failure } = view;
  const line = (name: string, value: string): string => `  ${style.dim(name.padEnd(10))} ${value}\n`;
  const lines = [
    `${coloured(style, view.state)}  ${style.bold(view.command)}  ${style.dim(view.id)}  by ${view.who}${view.reason === null ? "" : `: ${oneLine(view.reason)}`}\n`,
  ];
  if (failure) lines.push(line("why", `${failure.Cause} (${failure.Error})`));
  if (view.waves.length > 0) lines.push(line("modules", wavesText(view.waves)));
  if (!evidence) return lines.join("");
  lines.push(line("epoch", `${evidence.epoch}${evidence.controlAt === undefined ? "" : ` at ${localTime(evidence.controlAt)}`}`));
  if (evidence.controlAt !== undefined) {
    const told = (start: typeof evidence.lastStartBefore): string =>
      start ? `${start.task} of run ${start.run} at ${start.at}` : style.dim("none");
    lines.push(line("last start", told(evidence.lastStartBefore)), line("next start", told(evidence.firstStartAfter)));
  }
  if (evidence.backup !== undefined) lines.push(line("backup", evidence.backup));
  if (evidence.stillRunning > 0) lines.push(line("runs still", plural(evidence.stillRunning, "attempt")));
  lines.push(line("took", `${duration(evidence.ranMs)} after ${duration(evidence.queuedMs)} in the queue`));
  if (view.state === "succeeded") lines.push(...movedLines(line, evidence.report));
  return `${lines.join("")}${reportText(style, evidence.report)}`;
};

/** What an update has moved. */
const movedLines = (line: (name: string, value: string) => string, report: unknown): readonly string[] => {
  const { modules = {} } = (report ?? {}) as {
    readonly modules?: Readonly<Record<string, Partial<Record<"before" | "after", { readonly version: Release }>>>>;
  };
  return Object.entries(modules).flatMap(([module, { before, after }]) => {
    const changes = versionChanges(before?.version ?? {}, after?.version ?? {});
    return changes.length === 0 ? [] : [line("moved", `${module}: ${changesText(changes)}`)];
  });
};

interface Finding {
  readonly severity: string;
  readonly text: string;
  readonly todo?: string;
}

interface Optimization {
  readonly what: string;
  readonly figures: Readonly<Record<string, unknown>>;
}

interface Restored {
  readonly backup: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly voided: number;
  readonly held: number;
  readonly paused: number;
  readonly forwardCount: number;
}

/** What a command is about, of whatever kind it is. */
const reportText = (style: Ansis, report: unknown): string => {
  const { findings, optimizations, equal, ...rest } = (report ?? {}) as Partial<Restored> & {
    readonly findings?: readonly Finding[];
    readonly optimizations?: Readonly<Record<string, readonly Optimization[]>>;
    readonly equal?: boolean;
  };
  if (findings) return findings.map((finding) => findingText(style, finding)).join("");
  if (optimizations)
    return Object.entries(optimizations)
      .flatMap(([module, done]) => done.map(({ what, figures }) => `  ${module}: ${what} ${style.dim(`(${listText(figures)})`)}\n`))
      .join("");
  return equal ? restoredText(style, rest as Restored) : "";
};

const findingText = (style: Ansis, { severity, text, todo }: Finding): string => {
  const marks: Readonly<Record<string, string>> = { ok: style.green("✓"), info: style.dim("·"), warning: style.yellow("!") };
  return `  ${marks[severity] ?? style.red("✗")} ${text}${todo === undefined ? "" : ` ${style.dim(todo)}`}\n`;
};

const restoredText = (style: Ansis, { backup, counts, voided, held, paused, forwardCount }: Restored): string => {
  const line = (name: string, value: string): string => `  ${style.dim(name.padEnd(10))} ${value}\n`;
  return [
    line("restored", `${listText(counts)}; equal to backup ${backup}`),
    ...(voided > 0
      ? [line("begin anew", `${plural(voided, "attempt")} that ran then${held > 0 ? `; ${held} wait for a person` : ""}`)]
      : []),
    ...(paused > 0 ? [line("paused", `${plural(paused, "run")}: an effect that may happen only once has happened since`)] : []),
    ...(forwardCount > 0 ? [line("cancelled", `${plural(forwardCount, "run")} begun since, kept so that nothing fires twice`)] : []),
  ].join("");
};

const listText = (figures: Readonly<Record<string, unknown>>): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");

export const verificationText = (style: Ansis, { checks }: Verification): string =>
  checks.map(({ check, holds, found }) => `${holds ? style.green("✓") : style.red("✗")} ${check}  ${style.dim(found)}\n`).join("");

/** The line that stands under each answer until everything runs again; empty if it does. */
export const systemText = (style: Ansis, { mode, emergency, off = [], held = [], reason, who, discard }: SystemState): string => {
  const why = `${who === null ? "" : ` by ${who}`}${reason === null ? "" : `: ${oneLine(reason)}`}`;
  if (mode === "stopped")
    return `${style.red("■")} ${emergency ? "emergency stop" : "everything is stopped"}${why}${discard ? "; what ran is cancelled" : ""}; lift it with \`qmoi command start_all_modules --reason <why>\`\n`;
  const stopped = [...new Set([...off, ...held])];
  return stopped.length === 0 ? "" : `${style.yellow("■")} stopped${why}: ${stopped.join(", ")}\n`;
};

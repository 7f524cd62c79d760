import type { ModuleName } from "@qmoi/config";

/**
 * What may start: one small value, so that each change of it is one write. `off`: modules stopped by themselves. `held`: modules that a stop
 * of all has reached, or that a start of all has not yet given back. `discard`: running work is cancelled too.
 */
export interface Control {
  readonly mode: "running" | "stopped";
  readonly off?: readonly string[];
  readonly held?: readonly string[];
  readonly discard?: boolean;
}

export const OPEN: Control = { mode: "running" };

/** Whether a module may begin anything. */
export const moduleRuns = (control: Control | undefined, module: ModuleName): boolean =>
  control === undefined || (control.mode === "running" && !control.off?.includes(module) && !control.held?.includes(module));

/** Whether what a stopped module has begun is to be cancelled. */
export const moduleDiscards = (control: Control | undefined, module: ModuleName): boolean =>
  control?.discard === true && !moduleRuns(control, module);

/** Holds one more of `all`; the last one held makes it a stop of everything. */
export const hold = (control: Control, module: string, all: readonly string[], discard = false): Control => {
  if (control.mode === "stopped") return discard && !control.discard ? { ...control, discard } : control;
  const held = with_(control.held, module);
  const over = all.every((one) => held.includes(one));
  return tidy({ ...control, ...(over ? { mode: "stopped", held: [] } : { held }), ...(discard ? { discard } : {}) });
};

/** Gives one of `all` back; from a stop of everything the others stay held. */
export const giveBack = (control: Control, module: string, all: readonly string[]): Control => {
  const held = (control.mode === "stopped" ? all : (control.held ?? [])).filter((one) => one !== module);
  return tidy({ ...control, mode: "running", held, discard: control.discard === true && held.length > 0 });
};

export const switchOff = (control: Control, module: string): Control => tidy({ ...control, off: with_(control.off, module) });
export const switchOn = (control: Control, module: string): Control =>
  tidy({ ...control, off: (control.off ?? []).filter((one) => one !== module) });

/** Everything stops, whatever else is. */
export const stopEverything = (control: Control, discard: boolean): Control =>
  tidy({ ...control, mode: "stopped", held: [], discard: discard || control.discard === true });

export const sameControl = (a: Control, b: Control): boolean => JSON.stringify(tidy(a)) === JSON.stringify(tidy(b));

/** The control of an item that holds more, in one canonical form. */
export const controlOf = (item: Control | undefined): Control => tidy(item ?? OPEN);

const with_ = (list: readonly string[] | undefined, one: string): readonly string[] => [...new Set([...(list ?? []), one])].sort();

const tidy = ({ mode, off, held, discard }: Control): Control => ({
  mode,
  ...(off && off.length > 0 ? { off: [...off].sort() } : {}),
  ...(held && held.length > 0 ? { held: [...held].sort() } : {}),
  ...(discard ? { discard } : {}),
});

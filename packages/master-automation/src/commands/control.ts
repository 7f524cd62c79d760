import type { ModuleName } from "@qmoi/config";

/**
 * What may start: one small value, so that each change of it is one write. `off`: modules that are switched off, each with the module that was
 * to be stopped then: itself, or one that it needs. `held`: modules that a stop of all has reached, or that a start of all has not yet given
 * back. `discard`: running work is cancelled too.
 */
export interface Control {
  readonly mode: "running" | "stopped";
  readonly off?: Readonly<Record<string, string>>;
  readonly held?: readonly string[];
  readonly discard?: boolean;
}

/** As it may be stored: before schema 2, `off` was a list, which does not tell with what a module was stopped. */
export interface StoredControl extends Omit<Control, "off"> {
  readonly off?: Readonly<Record<string, string>> | readonly string[];
}

export const OPEN: Control = { mode: "running" };

/** The modules that are switched off, each with what it was stopped with. */
export const offOf = ({ off = {} }: StoredControl): Readonly<Record<string, string>> =>
  Array.isArray(off) ? Object.fromEntries(off.map((module) => [module, module])) : (off as Readonly<Record<string, string>>);

/** Whether a module may begin anything. */
export const moduleRuns = (control: StoredControl | undefined, module: ModuleName): boolean =>
  control === undefined || (control.mode === "running" && offOf(control)[module] === undefined && !control.held?.includes(module));

/** Whether what a stopped module has begun is to be cancelled. */
export const moduleDiscards = (control: StoredControl | undefined, module: ModuleName): boolean =>
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

/** `stopped`: the module that was to be stopped. One that is off already stays so, for its own reason. */
export const switchOff = (control: Control, module: string, stopped = module): Control =>
  tidy({ ...control, off: { [module]: stopped, ...control.off } });
export const switchOn = (control: Control, module: string): Control => {
  const { [module]: _, ...off } = control.off ?? {};
  return tidy({ ...control, off });
};

/** Everything stops, whatever else is. */
export const stopEverything = (control: Control, discard: boolean): Control =>
  tidy({ ...control, mode: "stopped", held: [], discard: discard || control.discard === true });

export const sameControl = (a: StoredControl, b: StoredControl): boolean => JSON.stringify(tidy(a)) === JSON.stringify(tidy(b));

/** The control of an item that holds more, in one canonical form. */
export const controlOf = (item: StoredControl | undefined): Control => tidy(item ?? OPEN);

const with_ = (list: readonly string[] | undefined, one: string): readonly string[] => [...new Set([...(list ?? []), one])].sort();

const tidy = ({ held, discard, ...control }: StoredControl): Control => {
  const off = Object.entries(offOf(control)).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    mode: control.mode,
    ...(off.length > 0 ? { off: Object.fromEntries(off) } : {}),
    ...(held && held.length > 0 ? { held: [...held].sort() } : {}),
    ...(discard ? { discard } : {}),
  };
};

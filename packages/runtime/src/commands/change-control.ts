import { hasCode } from "@qmoi/core";
import { type Control, controlOf, sameControl } from "@qmoi/master-automation";
import { type ControlItem, keys, unchanged } from "../items.ts";
import type { Ports } from "../ports.ts";

export interface ControlChange {
  readonly apply: (control: Control) => Control;
  readonly who: string;
  readonly reason?: string;
  /** Id of the command that changes it. */
  readonly by: string;
  readonly emergency?: boolean;
  /** Hash of the request that it is for, where a record is made of the control item alone. */
  readonly rq?: string;
  /** Whether the change may still be made, by what is stored now. */
  readonly allowed?: (stored: ControlItem | undefined) => boolean;
}

export type ControlPorts = Pick<Ports, "table" | "clock">;

export const readControl = async ({ table }: Pick<Ports, "table">): Promise<ControlItem | undefined> =>
  (await table.get(keys.control)) as ControlItem | undefined;

/** One write under the version that was read, and none where there is nothing to change; undefined where it was not allowed any more. */
export const changeControl = async ({ table, clock }: ControlPorts, change: ControlChange): Promise<ControlItem | undefined> => {
  for (;;) {
    const stored = await readControl({ table });
    if (change.allowed && !change.allowed(stored)) return undefined;
    const old = controlOf(stored);
    const next = change.apply(old);
    if (stored && sameControl(old, next) && !change.emergency) return stored;
    const item: ControlItem = {
      ...keys.control,
      ...next,
      v: (stored?.v ?? 0) + 1,
      epoch: (stored?.epoch ?? 0) + 1,
      at: clock.now(),
      who: change.who,
      by: change.by,
      ...(change.reason === undefined ? {} : { reason: change.reason }),
      ...(change.rq === undefined ? {} : { rq: change.rq }),
      ...(change.emergency || (stored?.emergency && isPartly(next)) ? { emergency: true } : {}),
    };
    try {
      const { seq } = await table.put(item, { when: unchanged("control.change", stored), stamp: "cs" });
      return seq === null ? item : { ...item, cs: seq };
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    }
  }
};

/** A stop that is in force, or not yet wholly lifted. */
const isPartly = ({ mode, held }: Control): boolean => mode === "stopped" || (held?.length ?? 0) > 0;

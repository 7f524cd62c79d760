import type { Change, JsonObject, SystemEvent } from "@qmoi/core";
import { offOf } from "@qmoi/master-automation";
import type { CommandItem } from "../commands/command-item.ts";
import { type ControlItem, type HeaderItem, isHeaderKey, keys, runOf } from "../items.ts";

/** The events that a change of the table is. The table's feed is the outbox: what is stored is told, and nobody who works waits for it. */
export const eventsOf = ({ key: { pk, sk }, item }: Change): readonly SystemEvent[] => {
  if (!item) return [];
  if (pk === keys.control.pk) return [controlChanged(item as ControlItem)];
  if (isHeaderKey({ pk, sk })) return runFailed(item as HeaderItem);
  if (pk.startsWith("CMD#") && sk === "H") return commandEnded(item as CommandItem);
  if (pk.startsWith("DL#")) return [deadLettered(item as unknown as DeadLetterItem)];
  return [];
};

interface DeadLetterItem {
  readonly pk: string;
  readonly sk: string;
  readonly wf: string;
  readonly t: string;
  readonly a: number;
  readonly at: number;
  readonly f: { readonly class: string; readonly code: string; readonly message: string };
}

const deadLettered = ({ sk, wf, t, a, at, f }: DeadLetterItem): SystemEvent => ({
  name: "task dead-lettered",
  at,
  detail: {
    id: `${sk}#${a}`,
    run: sk.split("#")[0] as string,
    task: t,
    attempt: a,
    workflow: wf,
    class: f.class,
    code: f.code,
    message: f.message,
  },
});

const runFailed = ({ pk, wf, st, ea, n, nf, gone }: HeaderItem): readonly SystemEvent[] => {
  if (st !== "failed" || ea === undefined || gone) return [];
  const run = runOf(pk);
  return [{ name: "run failed", at: ea, detail: { id: `${run}#${ea}`, run, workflow: wf, tasks: n, failed: nf ?? 0 } }];
};

const controlChanged = (control: ControlItem): SystemEvent => {
  const { epoch, at, mode, emergency = false, held = [], who, reason, by } = control;
  const stopped = [...new Set([...Object.keys(offOf(control)), ...held])];
  const detail = { id: String(epoch), epoch, mode, emergency, stopped };
  return { name: "control changed", at, detail: { ...detail, ...given({ who, reason, command: by }) } };
};

const commandEnded = ({ pk, n, st, ea, who, f }: CommandItem): readonly SystemEvent[] => {
  if (ea === undefined) return [];
  const id = pk.slice("CMD#".length);
  return [{ name: "command ended", at: ea, detail: { id, command: n, state: st, who, ...given({ failure: f?.Error }) } }];
};

const given = (texts: Readonly<Record<string, string | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));

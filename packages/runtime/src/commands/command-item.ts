import { type Actor, canonicalJson, type Item, type Json, type JsonObject, type Key, QmoiError, sha256 } from "@qmoi/core";
import {
  type CommandName,
  type CommandPlan,
  type CommandState,
  type CommandView,
  type Evidence,
  type MasterCommand,
  redactText,
  type StepFailure,
  type StepRecord,
} from "@qmoi/master-automation";

/** A command. In index 1 by time for lists, in index 2 while it has not ended. */
export interface CommandItem extends Item {
  readonly n: CommandName;
  readonly p: JsonObject;
  readonly pr: number;
  readonly st: CommandState;
  readonly who: string;
  readonly from?: string;
  readonly rid?: string;
  readonly why?: string;
  /** Accepted, started, ended: ms. */
  readonly ca: number;
  readonly sa?: number;
  readonly ea?: number;
  readonly f?: StepFailure & JsonObject;
  readonly plan?: CommandPlan & Json;
  readonly ev?: Evidence & Json;
  /** Hash of the request, for idempotency. */
  readonly rq: string;
}

export interface StepItem extends Item {
  readonly d: StepRecord & Json;
}

/** The command that runs now: one at a time. */
export interface ActiveItem extends Item {
  readonly id: string;
}

const two = (n: number): string => String(n).padStart(2, "0");
const time = (at: number): string => String(at).padStart(15, "0");

export const commandKeys = {
  header: (id: string): Key => ({ pk: `CMD#${id}`, sk: "H" }),
  step: (id: string, step: string): Key => ({ pk: `CMD#${id}`, sk: `S#${step}` }),
  active: { pk: "CMD", sk: "ACTIVE" },
  list: "CMD",
  queue: "CMDQ",
} as const;

export const idOf = (pk: string): string => pk.slice("CMD#".length);

/** Where the command stands in the list, and in the queue: the highest priority first, then the oldest. */
export const indexKeys = (id: string, priority: number, at: number) => ({
  i1p: commandKeys.list,
  i1s: `${time(at)}#${id}`,
  i2p: commandKeys.queue,
  i2s: `${two(10 - priority)}#${time(at)}#${id}`,
});

/** The command that an idempotency key of a principal stands for. */
export const commandIdOfKey = (who: string, key: string): string => `k${sha256(`${who}\n${key}`).slice(0, 17)}`;

/** A reason is kept for good, and shown to whoever may look. */
export const withoutSecrets = (command: MasterCommand): MasterCommand =>
  command.reason === undefined ? command : { ...command, reason: redactText(command.reason) };

/** What was asked for, as a hash: the same idempotency key must mean the same. */
export const requestHash = (command: CommandName, parameters: Json, priority: number, reason: string | undefined): string =>
  sha256(canonicalJson([command, parameters, priority, reason ?? null]));

/** Errors: QMOI_IDEMPOTENCY_MISMATCH where the key of a request stands for another command. */
export const refuseOther = (stored: CommandItem, rq: string): void => {
  if (stored.rq === rq) return;
  throw new QmoiError("QMOI_IDEMPOTENCY_MISMATCH", "The idempotency key was used for another command.", {
    path: "$.headers.idempotency-key",
  });
};

export const commandView = (item: CommandItem, steps: readonly StepRecord[]): CommandView => ({
  id: idOf(item.pk),
  command: item.n,
  parameters: item.p,
  priority: item.pr,
  state: item.st,
  who: item.who,
  ...(item.why === undefined ? {} : { reason: item.why }),
  createdAt: item.ca,
  ...(item.sa === undefined ? {} : { startedAt: item.sa }),
  ...(item.ea === undefined ? {} : { endedAt: item.ea }),
  ...(item.f === undefined ? {} : { failure: item.f }),
  ...(item.plan === undefined ? {} : { plan: item.plan }),
  steps,
  ...(item.ev === undefined ? {} : { evidence: item.ev }),
});

/** On whose behalf a stored command acts. */
export const actorOf = ({ who, from, rid, why }: CommandItem): Actor => ({
  who: { id: who, kind: "system", role: "master" },
  ...(from === undefined ? {} : { from }),
  ...(rid === undefined ? {} : { requestId: rid }),
  ...(why === undefined ? {} : { reason: why }),
});

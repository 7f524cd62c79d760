import { sha256 } from "@qmoi/core";

/** A preview's answer holds for so long. */
export const CONFIRMATION_MS = 600_000;

export interface Confirmed {
  readonly command: string;
  readonly parameters: unknown;
  /** Who asked for the preview. */
  readonly who: string;
  /** The epoch that the preview saw: after another change of what may start, another preview is needed. */
  readonly epoch: number;
}

const digest = (what: Confirmed, until: number): string =>
  sha256(JSON.stringify([what.command, what.parameters, what.who, what.epoch, until])).slice(0, 24);

/** Says that a person has seen what a command would do. No credential: it guards against haste, not against malice. */
export const confirmationToken = (what: Confirmed, now: number): string => {
  const until = now + CONFIRMATION_MS;
  return `${until.toString(36)}-${digest(what, until)}`;
};

export const isConfirmed = (token: string | undefined, what: Confirmed, now: number): boolean => {
  const [, time = "", hash = ""] = /^([0-9a-z]{1,10})-([0-9a-f]{24})$/.exec(token ?? "") ?? [];
  const until = Number.parseInt(time, 36);
  return until >= now && until <= now + CONFIRMATION_MS && hash === digest(what, until);
};

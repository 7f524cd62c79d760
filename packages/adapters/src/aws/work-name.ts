import { CANCELLED } from "@qmoi/core";

/** Tokens hold letters, digits and slashes; names in Step Functions and ECS no slash that both know, and 80 characters at most. */
const SEPARATOR = "-";

/**
 * The name under which an attempt's work runs elsewhere: once only, whoever asks again, and whoever hears of its end knows whose it was.
 * `prefix`: the stage's.
 */
export const workNameOf = (prefix: string, token: string): string => `${prefix}${token.replaceAll("/", SEPARATOR)}`;

/** Why work ended that was told to, where the service keeps that. */
export const TOLD_TO_END = CANCELLED.code;

/** The token of the attempt whose work has this name; undefined: it is nobody's work of this stage. */
export const tokenOfWork = (prefix: string, name: string): string | undefined => {
  const parts = name.startsWith(prefix) ? name.slice(prefix.length).split(SEPARATOR) : [];
  return parts.length === 4 ? parts.join("/") : undefined;
};

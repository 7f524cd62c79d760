import type { Principal } from "../principal.ts";

/** Checks tokens that somebody else issued. */
export interface Tokens {
  /** Whom the token stands for at `now` (milliseconds since 1970); undefined where it is not valid or stands for no role here. */
  verify(token: string, now: number): Promise<Principal | undefined>;
}

import type { Principal } from "./principal.ts";

/** On whose behalf something is done, and why: what an audit record tells of it. */
export interface Actor {
  readonly who: Principal;
  /** Address or program that the request came from. */
  readonly from?: string;
  readonly requestId?: string;
  readonly reason?: string;
}

/** What a process that waits for the data folder says: that it is ready for it, that it serves, that it gives it back, that all is well. */
export type FromSuccessor =
  | { readonly says: "ready"; readonly version: string }
  | { readonly says: "serving" }
  | { readonly says: "back" }
  | { readonly says: "settled" };

/** What it is told: to take the folder and the port, for a command; to end, at once or not. */
export type ToSuccessor =
  | { readonly says: "take"; readonly port: number; readonly by: string }
  | { readonly says: "end"; readonly now: boolean };

/** Tells a process that it takes over, by the version of the one that waits for it. */
export const PREDECESSOR_VARIABLE = "QMOI_PREDECESSOR";

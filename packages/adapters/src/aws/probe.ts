/** Asks a function whether it works and which version it is, before and after an update moves to it: no other event looks like it. */
export const PROBE = { qmoi: "probe" } as const;

/** What a function says that works. */
export interface Probed {
  readonly qmoi: "well";
  readonly version: string;
}

export const isProbe = (event: unknown): boolean => (event as { readonly qmoi?: unknown } | null)?.qmoi === PROBE.qmoi;

export const probed = (): Probed => ({ qmoi: "well", version: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? "" });

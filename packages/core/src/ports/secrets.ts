/** Reads secrets by reference (`env:NAME`, `file:/path`). Rejects with QMOI_SECRET_MISSING. Values are never stored or logged. */
export interface Secrets {
  get(reference: string): Promise<string>;
}

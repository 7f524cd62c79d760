/** Largest body of a workflow document, in bytes. */
export const DOCUMENT_BYTES = 8 * 1024 * 1024;
/** Largest body of every other request, in bytes. */
export const BODY_BYTES = 256 * 1024;

const DOCUMENT_PATHS = new Set(["/v1/workflows", "/v1/workflows/validate"]);

/** Most bytes that a request to `path` may carry, so that a server can refuse more while it still streams in. */
export const bodyLimit = (method: string, path: string): number =>
  method === "POST" && DOCUMENT_PATHS.has(path.replace(/\/$/, "")) ? DOCUMENT_BYTES : BODY_BYTES;

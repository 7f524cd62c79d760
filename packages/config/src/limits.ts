/** Bounds on documents, in bytes of UTF-8 unless said otherwise. They keep reading, checking and storing any document fast. */
export const LIMITS = {
  /** A workflow definition: room for 100,000 tasks of 300 bytes each. */
  definitionBytes: 32 * 1024 * 1024,
  configBytes: 1024 * 1024,
  /** A task's payload as written, before templates are replaced. */
  payloadBytes: 64 * 1024,
  /** A run's inputs, as written and with defaults filled in: they are stored with the run. */
  inputsBytes: 64 * 1024,
  /** Nesting of lists and objects. */
  depth: 64,
  /** Problems that one error reports. */
  problems: 20,
} as const;

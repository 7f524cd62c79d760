/** Randomness as the program sees it; seeded in tests and in the simulator. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** An unguessable identifier of 32 lower-case hexadecimal digits. */
  id(): string;
}

export interface FailureLimits {
  /** Failures within `windowMs` from which a name is denied until the window ends. */
  readonly most: number;
  readonly windowMs: number;
  /** Names that are remembered at a time; the oldest are forgotten first. */
  readonly names: number;
}

export const DEFAULT_FAILURE_LIMITS: FailureLimits = { most: 10, windowMs: 60_000, names: 10_000 };

interface Window {
  readonly began: number;
  readonly count: number;
}

/** Counts failed logins by name (a key's id, an address), in bounded memory. Times in milliseconds since some fixed moment. */
export class Failures {
  readonly #limits: FailureLimits;
  readonly #windows = new Map<string, Window>();

  constructor(limits: FailureLimits = DEFAULT_FAILURE_LIMITS) {
    this.#limits = limits;
  }

  isBlocked(name: string, now: number): boolean {
    return (this.#current(name, now)?.count ?? 0) >= this.#limits.most;
  }

  /** Returns how many failures the name has had in its window, this one included. */
  add(name: string, now: number): number {
    const { began, count } = this.#current(name, now) ?? { began: now, count: 0 };
    this.#windows.delete(name);
    this.#windows.set(name, { began, count: count + 1 });
    if (this.#windows.size > this.#limits.names) this.#windows.delete(this.#windows.keys().next().value ?? name);
    return count + 1;
  }

  #current(name: string, now: number): Window | undefined {
    const window = this.#windows.get(name);
    return window && now - window.began < this.#limits.windowMs ? window : undefined;
  }
}

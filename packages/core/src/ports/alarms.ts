/** An alarm that is on. */
export interface Alarm {
  readonly name: string;
  /** What it means, and what to do. */
  readonly text: string;
  /** Why it went on, in the words of who watches. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
}

/** What watches over the platform from outside. */
export interface Alarms {
  /** Those that are on now. Rejects where that can't be read. */
  on(): Promise<readonly Alarm[]>;
}

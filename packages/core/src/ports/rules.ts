/** When a module is woken: by an expression in AWS's grammar, while it is enabled. */
export interface WakeRule {
  readonly enabled: boolean;
  readonly schedule: string;
}

/** What wakes modules on their schedules where no process of their own does. */
export interface Rules {
  /** Undefined where nothing wakes the module this way. */
  read(module: string): Promise<WakeRule | undefined>;
  /** Makes it so, given how it was read. Safe to repeat. */
  write(module: string, rule: WakeRule, was: WakeRule): Promise<void>;
}

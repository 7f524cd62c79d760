/** What wakes modules on their schedules where no process of their own does: it is switched off while a module is stopped. */
export interface Rules {
  /** Undefined where nothing wakes the module this way. */
  isEnabled(module: string): Promise<boolean | undefined>;
  /** Safe to repeat. */
  set(module: string, enabled: boolean): Promise<void>;
}

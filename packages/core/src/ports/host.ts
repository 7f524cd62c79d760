/** Cores and bytes. */
export interface HostResources {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

/** The machine that attempts run on. */
export interface Host {
  /** Capacity (cgroup limits included) less what others on the host use now. */
  available(): HostResources;
  /** Share of the memory in use, by anybody: 0 to 1. */
  memoryUsed(): number;
}

import type { Graph, GraphTask } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import type { HostResources } from "@qmoi/core";
import type { Forecasts } from "./forecast/forecasts.ts";
import type { Ports } from "./ports.ts";
import type { PoolSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";

const KINDS = ["cpu", "memory", "disk"] as const;
const NOTHING: HostResources = { cpu: 0, memory: 0, disk: 0 };

interface Reserved {
  readonly needs: HostResources;
  /** Of the target. */
  readonly type: string;
}

/** Admission to this host: the sum of what running attempts reserved never exceeds what the host has to give. */
export class HostGate {
  readonly #ports: Ports;
  readonly #statistics: Statistics;
  readonly #forecasts: Pick<Forecasts, "memory">;
  readonly #reserved = new Map<string, Reserved>();
  readonly #ofType = new Map<string, number>();
  #short = false;
  readonly #own = new Map<string, PoolSettings>();
  #sum: HostResources = NOTHING;

  constructor(ports: Ports, statistics: Statistics, forecasts: Pick<Forecasts, "memory">) {
    this.#ports = ports;
    this.#statistics = statistics;
    this.#forecasts = forecasts;
  }

  /** Takes in the pools that a workflow brings and names them; of two versions the one opened last counts. */
  definePools(workflow: Workflow): readonly string[] {
    const pools = Object.entries(workflow.pools ?? {}).map(
      ([name, { slots }]) => [`${workflow.name}/${name}`, { slots, largestTask: slots }] as const,
    );
    for (const [name, settings] of pools) this.#own.set(name, settings);
    return pools.map(([name]) => name);
  }

  /** Settings of a pool; one that nobody configured has a single slot for want of better knowledge. */
  pool(name: string): PoolSettings {
    const { pools } = this.#ports.settings();
    return (Object.hasOwn(pools, name) ? pools[name] : undefined) ?? this.#own.get(name) ?? { slots: 1, largestTask: 1 };
  }

  /**
   * Memory: the forecast's upper bound, at most what is declared; without a forecast the declared, else the most that was seen, else the
   * default; after each end for want of memory twice what there was. Cpu and disk only as declared.
   */
  needs(graph: Graph, task: GraphTask, outOfMemory = 0): HostResources {
    const { resources, target } = task.def;
    const requested = resources?.memory;
    const { learnsMemory, defaultMemoryBytes } = this.#ports.settings();
    const learned = learnsMemory ? this.#statistics.peakMemoryOf(task.type) : 0;
    const usual = requested ?? (learned || (target.type === "wait" ? 0 : defaultMemoryBytes));
    const request = requested === undefined ? {} : { requested };
    let memory = (learnsMemory ? this.#forecasts.memory(graph, task, request) : undefined) ?? usual;
    if (outOfMemory > 0) {
      // The attempt had its cap, if it has one; else what was reserved.
      memory = requested ?? memory;
      for (let n = 0; n < outOfMemory; n++) memory = this.#forecasts.memory(graph, task, { ...request, exhausted: memory }) ?? 2 * memory;
      // What no host has would wait for ever.
      memory = Math.min(memory, this.#ports.limits().host?.memory ?? memory);
    }
    if (memory === 0 && resources === undefined) return NOTHING;
    return { cpu: resources?.cpu ?? 0, memory, disk: resources?.disk ?? 0 };
  }

  /** Reserves, or says that nothing fits (`full`) or that this one doesn't (`large`). */
  admit(key: string, graph: Graph, task: GraphTask, outOfMemory = 0): "yes" | "full" | "large" {
    if (this.#reserved.has(key)) return "yes";
    if (this.#full()) return "full";
    const needs = this.needs(graph, task, outOfMemory);
    if (!this.#hasRoom(task, needs)) return "large";
    const reserved: Reserved = { needs, type: task.def.target.type };
    this.#reserved.set(key, reserved);
    this.#add(reserved, 1);
    return "yes";
  }

  /** Whether the task could be admitted now. */
  fits(graph: Graph, task: GraphTask, outOfMemory = 0): boolean {
    return !this.#full() && this.#hasRoom(task, this.needs(graph, task, outOfMemory));
  }

  release(key: string): void {
    const reserved = this.#reserved.get(key);
    if (!reserved) return;
    this.#reserved.delete(key);
    this.#add(reserved, -1);
  }

  /** Attempts that something is reserved for, by grant keys. */
  get keys(): readonly string[] {
    return [...this.#reserved.keys()];
  }

  /** As much runs as may, or the host is short of memory and has not come below the lower threshold since. */
  #full(): boolean {
    const { maxRunning, pauseAboveMemory, resumeBelowMemory } = this.#ports.settings();
    if (this.#reserved.size >= maxRunning) return true;
    const used = this.#ports.host.memoryUsed();
    this.#short = used > (this.#short ? resumeBelowMemory : pauseAboveMemory);
    return this.#short;
  }

  #hasRoom(task: GraphTask, needs: HostResources): boolean {
    const { type } = task.def.target;
    if ((this.#ofType.get(type) ?? 0) >= (this.#ports.settings().runningOfType[type] ?? Number.POSITIVE_INFINITY)) return false;
    if (needs === NOTHING) return true;
    if (needs.cpu === 0 && needs.memory === 0 && needs.disk === 0) return true;
    const available = this.#ports.host.available();
    return KINDS.every((kind) => needs[kind] === 0 || this.#sum[kind] + needs[kind] <= available[kind]);
  }

  get reserved(): HostResources & { readonly running: number } {
    return { ...this.#sum, running: this.#reserved.size };
  }

  #add({ needs: by, type }: Reserved, sign: 1 | -1): void {
    this.#ofType.set(type, (this.#ofType.get(type) ?? 0) + sign);
    if (by === NOTHING) return;
    this.#sum = { cpu: this.#sum.cpu + sign * by.cpu, memory: this.#sum.memory + sign * by.memory, disk: this.#sum.disk + sign * by.disk };
  }
}

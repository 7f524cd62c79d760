import { moduleDiscards, moduleRuns } from "@qmoi/master-automation";
import type { ControlItem, HeaderItem } from "./items.ts";
import { keys } from "./items.ts";
import type { Ports } from "./ports.ts";
import { CONTROL_BOUND_MS } from "./settings.ts";

/** A strong read and the monotonic time before it was sent. */
interface Read<T> {
  readonly item: T | undefined;
  readonly at: number;
}

/** What a worker may go by. */
export interface Reading {
  readonly control: ControlItem | undefined;
  readonly header: HeaderItem | undefined;
}

/** Read again after half the bound, so that a check right before an effect rarely finds a reading too old. */
const REFRESH_MS = CONTROL_BOUND_MS / 2;
/** Of so many runs at most a header is kept that nobody asked for. */
const MOST_SEEN = 1000;

export const mayStart = ({ control, header }: Reading): boolean => moduleRuns(control, "advanced-automation") && header?.st === "running";

/** Control readings: of the control item and of runs' headers, never older than the bound when acted upon. */
export class Readings {
  readonly #ports: Ports;
  #control: Read<ControlItem> | undefined;
  #reading: Promise<void> | undefined;
  readonly #headers = new Map<string, Read<HeaderItem>>();
  readonly #readingHeaders = new Map<string, Promise<Read<HeaderItem>>>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The epoch of the newest reading; undefined before the first. */
  get epoch(): number | undefined {
    return this.#control && (this.#control.item?.epoch ?? 0);
  }

  /** The reading, if it need not be read again yet: at hand, where `fresh` makes a promise of it. */
  recent(run: string): Reading | undefined {
    const header = this.#headers.get(run);
    if (!this.#control || !header || Math.min(this.#control.at, header.at) < this.#ports.clock.monotonic() - REFRESH_MS) return undefined;
    return { control: this.#control.item, header: header.item };
  }

  /** Whether what runs is to end, as far as is known. */
  get discards(): boolean {
    return moduleDiscards(this.#control?.item, "advanced-automation");
  }

  /** A reading that was fresh when this resolved; `maxAge` in ms. */
  async fresh(run: string, maxAge = REFRESH_MS): Promise<Reading> {
    const now = this.#ports.clock.monotonic();
    const header = this.#headers.get(run);
    const reading = !header || now - header.at > maxAge || maxAge === 0 ? this.#header(run) : undefined;
    const control = !this.#control || now - this.#control.at > maxAge ? this.#freshControl() : undefined;
    if (!reading && !control) return { control: this.#control?.item, header: header?.item };
    const [read = header] = await Promise.all([reading, control]);
    // What was read counts even where it was forgotten meanwhile, because nothing of the run was running yet.
    return { control: this.#control?.item, header: read?.item };
  }

  /** The reading, if it is within the bound at this very moment. No await: what follows in the same turn is covered by it. */
  within(run: string): Reading | undefined {
    const now = this.#ports.clock.monotonic();
    const header = this.#headers.get(run);
    if (!this.#control || !header || now - this.#control.at > CONTROL_BOUND_MS || now - header.at > CONTROL_BOUND_MS) return undefined;
    return { control: this.#control.item, header: header.item };
  }

  /** The control item, read now if what is known is older than `maxAge` ms. */
  async control(maxAge = REFRESH_MS): Promise<ControlItem | undefined> {
    if (!this.#control || this.#ports.clock.monotonic() - this.#control.at > maxAge) await this.#freshControl();
    return this.#control?.item;
  }

  /** A header just written under its condition is as good as one read. `at`: the monotonic time before the write was sent. */
  saw(run: string, header: HeaderItem, at: number): void {
    if (this.#headers.size < MOST_SEEN) this.#headers.set(run, { item: header, at });
  }

  /** Forgets readings of runs that nobody works on. */
  keepOnly(runs: ReadonlySet<string>): void {
    for (const run of this.#headers.keys()) if (!runs.has(run)) this.#headers.delete(run);
  }

  /** Joins a read that is under way. */
  #freshControl(): Promise<void> {
    this.#reading ??= this.#readControl();
    return this.#reading;
  }

  async #readControl(): Promise<void> {
    const at = this.#ports.clock.monotonic();
    try {
      this.#control = { item: (await this.#ports.table.get(keys.control)) as ControlItem | undefined, at };
    } finally {
      this.#reading = undefined;
    }
  }

  #header(run: string): Promise<Read<HeaderItem>> {
    let reading = this.#readingHeaders.get(run);
    if (!reading) {
      reading = this.#readHeader(run).finally(() => this.#readingHeaders.delete(run));
      this.#readingHeaders.set(run, reading);
    }
    return reading;
  }

  async #readHeader(run: string): Promise<Read<HeaderItem>> {
    const at = this.#ports.clock.monotonic();
    const read = { item: (await this.#ports.table.get(keys.header(run))) as HeaderItem | undefined, at };
    this.#headers.set(run, read);
    return read;
  }
}

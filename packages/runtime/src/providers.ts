import {
  type ProviderReport,
  type ProviderState,
  providerState,
  type Reception,
  type ReportedMetric,
  receptionOf,
  silentMinutes,
} from "@qmoi/cloud-integration";
import { type Config, nearest, PROVIDERS, type ProviderName } from "@qmoi/config";
import { ConflictError, canonicalJson, hasCode, type Item, NotFoundError, type Page, QmoiError } from "@qmoi/core";
import type { PageRequest } from "./control-plane.ts";
import { keys, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";

/** A provider's clock may be this far ahead. More would keep what it sends once its clock is right from being later. */
const AHEAD_MS = 5 * 60_000;
const TRIES = 10;

/** A provider's latest report, and when it came (ms). */
interface ProviderItem extends Item {
  readonly id: string;
  readonly at: number;
  readonly received: number;
  readonly metrics: ReportedMetric[];
}

/** A provider that is expected to report, or did. Times in milliseconds since 1970. */
export interface ProviderView {
  readonly provider: string;
  readonly expected: boolean;
  readonly state: ProviderState;
  /** Without a report; a day at most, and a day where there never was one. */
  readonly minutes: number;
  /** When the latest report came. */
  readonly received?: number;
  readonly report?: ProviderReport;
}

/** What providers tell of themselves: of each its latest report. */
export class Providers {
  readonly #ports: Pick<Ports, "table" | "clock">;
  readonly #config: () => Pick<Config, "cloud">;

  constructor(ports: Pick<Ports, "table" | "clock">, config: () => Pick<Config, "cloud">) {
    this.#ports = ports;
    this.#config = config;
  }

  /**
   * Takes a report in. One that is known, and one that comes after a later one, changes nothing. Errors: QMOI_NOT_FOUND,
   * QMOI_INVALID_INPUT for a time to come, QMOI_CONFLICT where another report has its id.
   */
  async report(name: string, report: ProviderReport): Promise<ProviderView & { readonly reception: Reception }> {
    const provider = providerNamed(name);
    const received = this.#ports.clock.now();
    if (report.at > received + AHEAD_MS)
      throw new QmoiError("QMOI_INVALID_INPUT", `at is ${Math.round((report.at - received) / 1000)} s ahead of the time here.`, {
        path: "$.body.at",
        remedy: "Set the clock of whoever reports.",
      });
    for (let left = TRIES; ; left--) {
      const known = await this.#read(provider);
      const reception = receptionOf(report, known);
      if (reception === "repeated" && known && textOf(report) !== textOf(reportOf(known)))
        throw new ConflictError(`Another report of ${provider} has the id ${report.id}.`, {
          path: "$.body.id",
          remedy: "Give each report an id of its own.",
        });
      if (reception !== "accepted") return { ...this.#view(provider, known), reception };
      const { id, at, metrics } = report;
      const item: ProviderItem = { ...keys.provider(provider), v: (known?.v ?? 0) + 1, id, at, received, metrics: [...metrics] };
      try {
        await this.#ports.table.put(item, { when: unchanged("provider.report", known) });
        return { ...this.#view(provider, item), reception };
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT") || left === 0) throw error;
      }
    }
  }

  /** All that are expected or known, by name: they are few. One query. */
  async all(): Promise<readonly ProviderView[]> {
    const { items } = await this.#ports.table.query({ pk: keys.provider("").pk });
    const known = new Map(items.map((item) => [item.sk, item as ProviderItem]));
    const names = new Set([...known.keys(), ...this.#config().cloud.reports.expected]);
    return [...names].sort().map((name) => this.#view(name, known.get(name)));
  }

  /** The same a page at a time; the cursor is a name. */
  async list({ limit, after = "" }: PageRequest = {}): Promise<Page<ProviderView>> {
    const rest = (await this.all()).filter(({ provider }) => provider > after);
    const items = rest.slice(0, limit);
    const last = items.at(-1)?.provider;
    return { items, ...(last !== undefined && items.length < rest.length ? { next: last } : {}) };
  }

  /** Forgets what a provider has reported; one that is expected is silent from then on. Errors: QMOI_NOT_FOUND. */
  async forget(name: string): Promise<ProviderView> {
    const provider = providerNamed(name);
    const known = await this.#read(provider);
    if (!known)
      throw new NotFoundError(`${provider} has never reported.`, {
        path: "$.path.provider",
        remedy: "List providers with `qmoi provider list`; which are expected is said by cloud.reports.expected.",
      });
    await this.#ports.table.delete(keys.provider(provider));
    return this.#view(provider, known);
  }

  async #read(provider: ProviderName): Promise<ProviderItem | undefined> {
    return (await this.#ports.table.get(keys.provider(provider))) as ProviderItem | undefined;
  }

  #view(provider: string, item: ProviderItem | undefined): ProviderView {
    const { expected, silentAfterMinutes } = this.#config().cloud.reports;
    const minutes = silentMinutes(item?.received, this.#ports.clock.now());
    return {
      provider,
      expected: (expected as readonly string[]).includes(provider),
      state: providerState(minutes, silentAfterMinutes),
      minutes,
      ...(item ? { received: item.received, report: reportOf(item) } : {}),
    };
  }
}

const reportOf = ({ id, at, metrics }: ProviderItem): ProviderReport => ({ id, at, metrics });

const textOf = ({ id, at, metrics }: ProviderReport): string => canonicalJson({ id, at, metrics: [...metrics] });

const providerNamed = (name: string): ProviderName => {
  const found = PROVIDERS.find((one) => one === name);
  if (found) return found;
  const meant = nearest(name.slice(0, 100), PROVIDERS);
  throw new NotFoundError(`There is no provider "${name.slice(0, 100)}"${meant ? `; did you mean "${meant}"?` : "."}`, {
    path: "$.path.provider",
    remedy: `Name one of ${PROVIDERS.join(", ")}.`,
  });
};

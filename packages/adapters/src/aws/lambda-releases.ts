import type { LambdaClient } from "@aws-sdk/client-lambda";
import { inBatches, QmoiError, type Release, type Releases, UnavailableError, type VersionChange, versionChanges } from "@qmoi/core";
import { once } from "../once.ts";
import { messageOf } from "../targets/failures.ts";
import { obsoleteVersions } from "./obsolete-versions.ts";
import { PROBE, type Probed } from "./probe.ts";

type Sdk = typeof import("./lambda-releases-sdk.ts");
type Open = { readonly sdk: Sdk; readonly client: LambdaClient };

/** By which everything calls a function. */
const LIVE = "live";
/** Long enough for a cold start that opens everything. */
const PROBE_MS = 30_000;
/** An alias is followed within moments, but not at once everywhere. */
const FOLLOW_MS = 500;
const MOST_LOOKS = 40;
/** A new account has ten invocations in all. */
const AT_ONCE = 4;

export interface LambdaReleasesOptions {
  /** What the functions' names begin with. */
  readonly prefix: string;
  /** Names of each module's functions, without the prefix. */
  readonly functions: () => Promise<Readonly<Record<string, readonly string[]>>>;
  /** The function that this code runs in. */
  readonly self?: { readonly name: string; readonly version: string };
  readonly client?: ConstructorParameters<typeof LambdaClient>[0];
  /** Waits so long between two looks at an alias that was moved (ms). */
  readonly followMs?: number;
}

/** Functions whose published versions stand behind an alias. A move asks the newer versions first, and moves none if one doesn't work. */
export class LambdaReleases implements Releases {
  readonly lasting = true;
  readonly #options: LambdaReleasesOptions;
  readonly #open: () => Promise<Open>;

  constructor(options: LambdaReleasesOptions) {
    this.#options = options;
    this.#open = once(async () => {
      const sdk = await import("./lambda-releases-sdk.ts");
      return { sdk, client: new sdk.LambdaClient(options.client ?? {}) };
    });
  }

  running(module: string): Promise<Release> {
    return this.#each(module, async (name) => {
      const { sdk, client } = await this.#open();
      const found = await present(client.send(new sdk.GetAliasCommand({ FunctionName: this.#options.prefix + name, Name: LIVE })));
      return found?.FunctionVersion;
    });
  }

  newest(module: string): Promise<Release> {
    return this.#each(module, async (name) => {
      const versions = await this.#versions(name);
      return versions.length === 0 ? undefined : String(Math.max(...versions));
    });
  }

  async move(module: string, release: Release): Promise<"moved" | "moving"> {
    const changes = versionChanges(await this.running(module), release);
    await inBatches(AT_ONCE, changes.filter(isForward), ({ name, to }) => this.#ask(name, to, to));
    await Promise.all(changes.filter(isForward).map((change) => this.#tidy(change)));
    await Promise.all(changes.map(({ name, to }) => this.#point(name, to)));
    return this.#isBehind(release) ? "moving" : "moved";
  }

  async ask(module: string): Promise<void> {
    const running = await this.running(module);
    await inBatches(AT_ONCE, Object.entries(running), ([name, version]) => this.#ask(name, LIVE, version));
  }

  /** Whoever carries out the move is of an older version itself: its next call is the newer one's. */
  #isBehind(release: Release): boolean {
    const { prefix, self = ownFunction() } = this.#options;
    const wanted = release[self.name.slice(prefix.length)];
    return self.name.startsWith(prefix) && wanted !== undefined && Number(wanted) > Number(self.version);
  }

  async #each(module: string, look: (name: string) => Promise<string | undefined>): Promise<Release> {
    try {
      const names = (await this.#options.functions())[module] ?? [];
      const found = await Promise.all(names.map(async (name) => [name, await look(name)] as const));
      return Object.fromEntries(found.filter((each): each is readonly [string, string] => each[1] !== undefined));
    } catch (error) {
      throw unavailable(`Functions of ${module} can't be looked up`, error);
    }
  }

  async #versions(name: string): Promise<readonly number[]> {
    const { sdk, client } = await this.#open();
    const found: number[] = [];
    for (let Marker: string | undefined; ; ) {
      const request = { FunctionName: this.#options.prefix + name, ...(Marker === undefined ? {} : { Marker }) };
      const page = await present(client.send(new sdk.ListVersionsByFunctionCommand(request)));
      found.push(...(page?.Versions ?? []).map(({ Version }) => Number(Version)).filter(Number.isInteger));
      if (!page?.NextMarker) return found;
      Marker = page.NextMarker;
    }
  }

  async #point(name: string, FunctionVersion: string): Promise<void> {
    const { sdk, client } = await this.#open();
    const FunctionName = this.#options.prefix + name;
    try {
      await client.send(new sdk.UpdateAliasCommand({ FunctionName, Name: LIVE, FunctionVersion }));
    } catch (error) {
      const what = `${FunctionName}:${FunctionVersion}`;
      throw gone(`There is no ${what} any more.`, error) ?? unavailable(`${FunctionName} can't be moved to ${what}`, error);
    }
  }

  /** What can't be deleted costs storage only, and the next update tries again. */
  async #tidy({ name, from, to }: VersionChange): Promise<void> {
    const { sdk, client } = await this.#open();
    const FunctionName = this.#options.prefix + name;
    const obsolete = obsoleteVersions(await this.#versions(name), Number(from), Number(to));
    await Promise.allSettled(
      obsolete.map((version) => client.send(new sdk.DeleteFunctionCommand({ FunctionName, Qualifier: String(version) }))),
    );
  }

  async #ask(name: string, Qualifier: string, version: string): Promise<void> {
    const { prefix, followMs = FOLLOW_MS } = this.#options;
    for (let looks = 1; ; looks++) {
      const found = await this.#probe(prefix + name, Qualifier);
      if (found === version) return;
      if (looks === MOST_LOOKS) throw unhealthy(`${prefix + name}:${Qualifier} is version ${found}, not ${version}.`);
      await new Promise((resolve) => setTimeout(resolve, followMs));
    }
  }

  /** The version that answers. */
  async #probe(FunctionName: string, Qualifier: string): Promise<string> {
    const { sdk, client } = await this.#open();
    const request = new sdk.InvokeCommand({ FunctionName, Qualifier, Payload: Buffer.from(JSON.stringify(PROBE)) });
    const abortSignal = AbortSignal.timeout(PROBE_MS);
    const { FunctionError, Payload } = await client.send(request, { abortSignal }).catch((error) => {
      if (abortSignal.aborted) throw unhealthy(`${FunctionName}:${Qualifier} does not answer within ${PROBE_MS / 1000} s.`);
      throw (
        gone(`There is no ${FunctionName}:${Qualifier} any more.`, error) ??
        unavailable(`${FunctionName}:${Qualifier} can't be asked`, error)
      );
    });
    const answer = Buffer.from(Payload ?? []).toString();
    const { qmoi, version } = FunctionError === undefined ? ((JSON.parse(answer || "null") ?? {}) as Partial<Probed>) : {};
    if (qmoi === "well" && version !== undefined) return version;
    throw unhealthy(`${FunctionName}:${Qualifier} does not work: ${answer.slice(0, 500)}`);
  }
}

const isForward = ({ from, to }: VersionChange): boolean => Number(to) > Number(from);

const ownFunction = () => ({
  name: process.env.AWS_LAMBDA_FUNCTION_NAME ?? "",
  version: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? "",
});

const isAbsent = (error: unknown): boolean => error instanceof Error && error.name === "ResourceNotFoundException";

/** Undefined where there is no such function, alias or version. */
const present = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });

const gone = (message: string, cause: unknown): QmoiError | undefined =>
  isAbsent(cause) ? new QmoiError("QMOI_UPDATE_UNAVAILABLE", message, { cause }) : undefined;

const unavailable = (what: string, cause: unknown): UnavailableError => new UnavailableError(`${what}: ${messageOf(cause)}`, { cause });

const unhealthy = (message: string): QmoiError => new QmoiError("QMOI_MODULE_UNHEALTHY", message);

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LambdaReleases } from "./lambda-releases.ts";
import { obsoleteVersions } from "./obsolete-versions.ts";
import { isProbe, probed } from "./probe.ts";

interface Fn {
  live?: string;
  versions: number[];
  /** Versions that fail at their start. */
  broken: number[];
  /** So many calls of the alias still go to this version. */
  lags?: { version: string; calls: number };
}

/** Lambda, as far as versions and aliases go. */
let functions: Record<string, Fn>;
let asked: string[];
/** Refused with this error: requests whose line matches. */
let refused: { readonly asked: RegExp; readonly error: string; readonly status: number } | undefined;
let server: Server;

const answer = (method: string, url: URL, body: string): { status: number; json: unknown; error?: string } => {
  const [, name = "", kind, alias] = /functions\/qmoi-dev-([^/]+)(?:\/([a-z]+))?(?:\/(\w+))?/.exec(url.pathname) ?? [];
  const qualifier = url.searchParams.get("Qualifier") ?? "";
  asked.push(`${method} ${name}${kind === undefined ? "" : ` ${kind}`}${qualifier === "" ? "" : ` ${qualifier}`}`);
  const fn = functions[name];
  const absent = { status: 404, json: {}, error: "ResourceNotFoundException" };
  if (refused?.asked.test(asked.at(-1) as string)) return { status: refused.status, json: {}, error: refused.error };
  if (!fn) return absent;
  if (kind === "aliases" && alias === "live") {
    if (fn.live === undefined) return absent;
    if (method === "PUT") {
      const { FunctionVersion } = JSON.parse(body);
      if (!fn.versions.includes(Number(FunctionVersion))) return absent;
      fn.live = FunctionVersion;
    }
    return { status: 200, json: { FunctionVersion: fn.live } };
  }
  if (kind === "versions") {
    // Two a page, as AWS pages by 50.
    const all = ["$LATEST", ...fn.versions.map(String)];
    const start = Number(url.searchParams.get("Marker") ?? 0);
    const next = start + 2 < all.length ? { NextMarker: String(start + 2) } : {};
    return { status: 200, json: { Versions: all.slice(start, start + 2).map((Version) => ({ Version })), ...next } };
  }
  if (method === "DELETE") {
    if (qualifier === "" || fn.live === qualifier) return { status: 409, json: {}, error: "ResourceConflictException" };
    fn.versions = fn.versions.filter((version) => String(version) !== qualifier);
    return { status: 204, json: undefined };
  }
  const version = qualifier === "live" ? (fn.lags && fn.lags.calls-- > 0 ? fn.lags.version : fn.live) : qualifier;
  if (!fn.versions.includes(Number(version))) return absent;
  if (!isProbe(JSON.parse(body))) return { status: 200, json: "worked" };
  if (fn.broken.includes(Number(version))) return { status: 200, json: { errorMessage: "no table" }, error: "Unhandled" };
  return { status: 200, json: { qmoi: "well", version } };
};

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://lambda");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, json, error } = answer(request.method ?? "", url, Buffer.concat(chunks).toString());
    const header = error === undefined ? {} : status === 200 ? { "x-amz-function-error": error } : { "x-amzn-errortype": error };
    response.writeHead(status, { "content-type": "application/json", ...header }).end(json === undefined ? "" : JSON.stringify(json));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close());
beforeEach(() => {
  [asked, refused] = [[], undefined];
  functions = {
    decider: { live: "3", versions: [1, 2, 3, 4, 5], broken: [] },
    runner: { live: "2", versions: [1, 2, 3], broken: [] },
    master: { live: "7", versions: [1, 7, 8], broken: [] },
    // Deployed under a name that the parameter has, but gone, or not made yet.
    half: { versions: [1], broken: [] },
  };
});

const MODULES = { engine: ["decider", "runner", "half", "absent"], master: ["master"] };
const releases = (self?: { name: string; version: string }) =>
  new LambdaReleases({
    prefix: "qmoi-dev-",
    functions: async () => MODULES,
    followMs: 1,
    ...(self ? { self } : {}),
    client: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    },
  });
const NEWEST = { decider: "5", runner: "3" };
const RUNNING = { decider: "3", runner: "2" };

describe("releases of functions", () => {
  it("are what aliases stand for, and the highest versions there are; who has no alias is left alone", async () => {
    expect(await releases().running("engine")).toEqual(RUNNING);
    expect(await releases().newest("engine")).toMatchObject(NEWEST);
    expect(await releases().running("other")).toEqual({});
  });

  it("ask each newer version before any moves, move all aliases, and keep what to come back to", async () => {
    expect(await releases().move("engine", await releases().newest("engine"))).toBe("moved");
    expect(await releases().running("engine")).toEqual(NEWEST);
    const moved = asked.findIndex((each) => each.startsWith("PUT"));
    for (const probe of ["POST decider invocations 5", "POST runner invocations 3"]) expect(asked.slice(0, moved)).toContain(probe);
    expect(functions.decider?.versions).toEqual([1, 3, 5]);
    expect(functions.runner?.versions).toEqual([1, 2, 3]);
    await releases().ask("engine");
    // Again: nothing is left to do.
    asked = [];
    expect(await releases().move("engine", NEWEST)).toBe("moved");
    expect(asked.filter((each) => !each.startsWith("GET"))).toEqual([]);
    // Back: nobody asks what ran before, nothing is deleted.
    expect(await releases().move("engine", RUNNING)).toBe("moved");
    expect(await releases().running("engine")).toEqual(RUNNING);
    expect(functions.decider?.versions).toEqual([1, 3, 5]);
    expect(asked.filter((each) => /^(POST|DELETE)/.test(each))).toEqual([]);
  });

  it("move nothing where one of the newer versions doesn't work, and say what it said", async () => {
    functions.runner?.broken.push(3);
    await expect(releases().move("engine", NEWEST)).rejects.toMatchObject({
      code: "QMOI_MODULE_UNHEALTHY",
      message: expect.stringMatching(/qmoi-dev-runner:3 does not work: .*no table/),
    });
    expect(await releases().running("engine")).toEqual(RUNNING);
    expect(functions.decider?.versions).toEqual([1, 2, 3, 4, 5]);
  });

  it("go on where a move was cut off, and take no version that is gone", async () => {
    refused = { asked: /^PUT runner/, error: "ServiceException", status: 500 };
    await expect(releases().move("engine", NEWEST)).rejects.toMatchObject({ code: "QMOI_STORE_UNAVAILABLE" });
    expect(await releases().running("engine")).toEqual({ decider: "5", runner: "2" });
    refused = undefined;
    expect(await releases().move("engine", NEWEST)).toBe("moved");
    expect(await releases().running("engine")).toEqual(NEWEST);
    await expect(releases().move("engine", { decider: "9" })).rejects.toMatchObject({ code: "QMOI_UPDATE_UNAVAILABLE" });
    await expect(releases().move("engine", { decider: "2" })).rejects.toMatchObject({ code: "QMOI_UPDATE_UNAVAILABLE" });
  });

  it("move also where versions can't be deleted", async () => {
    refused = { asked: /^DELETE/, error: "AccessDeniedException", status: 403 };
    expect(await releases().move("engine", NEWEST)).toBe("moved");
    expect(functions.decider?.versions).toEqual([1, 2, 3, 4, 5]);
  });

  it("follow an alias until it answers by its version, and find what doesn't work", async () => {
    const fn = functions.decider as Fn;
    fn.lags = { version: "2", calls: 5 };
    await releases().ask("engine");
    fn.lags = { version: "2", calls: 1000 };
    await expect(releases().ask("engine")).rejects.toMatchObject({ message: "qmoi-dev-decider:live is version 2, not 3." });
    delete fn.lags;
    fn.broken.push(3);
    await expect(releases().ask("engine")).rejects.toMatchObject({ code: "QMOI_MODULE_UNHEALTHY" });
    refused = { asked: /^POST/, error: "TooManyRequestsException", status: 429 };
    await expect(releases().ask("engine")).rejects.toMatchObject({ code: "QMOI_STORE_UNAVAILABLE" });
  });

  it("leave the rest to the newer version of whoever carries out the move; on the way back nobody waits for it", async () => {
    const old = releases({ name: "qmoi-dev-master", version: "7" });
    const next = releases({ name: "qmoi-dev-master", version: "8" });
    expect(await old.move("master", { master: "8" })).toBe("moving");
    expect(await old.move("master", { master: "8" })).toBe("moving");
    expect(await next.move("master", { master: "8" })).toBe("moved");
    expect(await next.move("master", { master: "7" })).toBe("moved");
    expect(await releases({ name: "other-master", version: "7" }).move("master", { master: "8" })).toBe("moved");
  });
});

describe("obsolete versions", () => {
  it("are neither the first, nor the one that runs, nor the one to move to or a newer one", () => {
    const version = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1 }), fc.nat(), fc.nat(), (there, a, b) => {
        const [from, to] = [there[a % there.length] as number, there[b % there.length] as number];
        const gone = obsoleteVersions(there, from, to);
        const kept = there.filter((each) => !gone.includes(each));
        expect(kept).toEqual(expect.arrayContaining([Math.min(...there), from, to]));
        expect(kept.filter((each) => each > Math.max(from, to))).toEqual(there.filter((each) => each > Math.max(from, to)));
        if (to <= from) expect(gone).toEqual([]);
        // They don't pile up: three at most are left of all that are not newer.
        else expect(kept.filter((each) => each <= to).length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

it("a function tells a probe its version", () => {
  expect(isProbe({ qmoi: "probe" })).toBe(true);
  for (const other of [undefined, null, "probe", {}, { qmoi: { token: "t" } }, { Records: [] }]) expect(isProbe(other)).toBe(false);
  expect(probed()).toMatchObject({ qmoi: "well" });
});

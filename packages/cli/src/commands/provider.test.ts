import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalServer, startLocalServer } from "@qmoi/local";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { localOptions } from "../local-options.ts";
import { type CliOptions, runCli } from "../testing/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-provider-"));
const data = join(folder, "data");
let server: LocalServer;
const qmoi = (line: string, options?: CliOptions, at = data) => runCli([...line.split(" "), "--data", at], options);
const json = async (line: string, options?: CliOptions) => JSON.parse((await qmoi(`${line} --json`, options)).out);

beforeAll(async () => {
  server = await startLocalServer({ ...localOptions({ data }), port: 0 });
});
afterEach(() => qmoi("config set cloud.reports.expected []"));
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("providers", () => {
  it("report, are listed with what they said, and are forgotten", async () => {
    const { id, key } = await json("keys create reporter --role operator --scope providers");
    const by: CliOptions = { env: { QMOI_URL: server.url, QMOI_API_KEY: key } };
    const report = "provider report gcp cpu=0.4 cost=-1.5e2USD latency=12ms --id r1 --at 2026-01-31T09:00:00Z";
    expect(await qmoi(report, by)).toMatchObject({ code: 0, out: "the report r1 of gcp is the latest now\n" });
    expect((await qmoi(report, by)).out).toContain("was known already");
    expect((await qmoi("provider report gcp --at 2026-01-31T08:00:00Z", by)).out).toContain("a later one is known");
    expect((await qmoi("provider list")).out).toMatch(/gcp +reporting +\S+ \S+ +no +cpu=0\.4 cost=-150USD latency=12ms/);
    const [listed] = await json("provider list");
    expect(listed).toMatchObject({ provider: "gcp", expected: false, report: { id: "r1", at: "2026-01-31T09:00:00.000Z" } });
    expect((await qmoi("provider forget gcp", by)).err).toContain("QMOI_FORBIDDEN");
    await qmoi('config set cloud.reports.expected ["gcp"]');
    expect((await qmoi("provider forget gcp --reason gone")).out).toBe(
      "what gcp has reported is forgotten; it is still expected to report\n",
    );
    expect((await qmoi("provider list")).out).toMatch(/gcp +silent +never +yes/);
    expect((await json("audit list --action provider.forget"))[0]).toMatchObject({ subject: "gcp", reason: "gone", outcome: "done" });
    await qmoi(`keys revoke ${id}`);
  });

  it("tell a health check who is silent", async () => {
    await qmoi('config set cloud.reports.expected ["colab"]');
    const { code, out } = await qmoi("command run_health_check");
    expect([code, out]).toEqual([0, expect.stringContaining("colab has never reported.")]);
  });

  it("are told what is wrong, with an exit code", async () => {
    for (const [line, code, says] of [
      ["provider report gcp cpu", 2, "It must be name=value"],
      ["provider report gcp cpu=", 2, "It must be name=value"],
      ["provider report gcp 1=2", 2, "$.body.metrics[0].name: A metric's name is a letter"],
      ["provider report gcp cpu=1 cpu=2", 2, "There are two metrics cpu."],
      ["provider report gcp --at noon", 2, "It must be a time"],
      ["provider report gpc", 2, 'did you mean "gcp"?'],
      ["provider forget colab", 2, "colab has never reported."],
      ["provider list --url http://127.0.0.1:1", 3, "QMOI_UNREACHABLE"],
    ] as const)
      expect([line, await qmoi(line)]).toEqual([line, expect.objectContaining({ code, err: expect.stringContaining(says) })]);
    expect((await qmoi("provider list")).err).toContain("No provider reports.");
  });

  it("need no server", async () => {
    const alone = join(folder, "alone");
    expect((await qmoi("provider report azure", {}, alone)).code).toBe(0);
    expect((await qmoi("provider list", {}, alone)).out).toMatch(/azure +reporting/);
  });
});

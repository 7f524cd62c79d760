import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { builtLauncher } from "../../../test/support/built-package.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-main-"));
const data = join(folder, "data");
const children = new Set<ChildProcessWithoutNullStreams>();

const start = (...args: string[]): ChildProcessWithoutNullStreams => {
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(process.execPath, [builtLauncher(), ...args, "--data", data], { cwd: folder, env });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
};
const finish = async (child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; out: string; err: string }> => {
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const [code] = await once(child, "close");
  return { code, out, err };
};
const qmoi = (...args: string[]) => finish(start(...args));
/** Resolves once the stream has said it. */
const says = async (stream: Readable, text: string): Promise<string> => {
  let seen = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    seen += chunk;
    if (seen.includes(text)) return seen;
  }
  throw new Error(`the stream ended without "${text}": ${seen}`);
};
const schema = (name: string) =>
  z.fromJSONSchema(JSON.parse(readFileSync(new URL(`../../../test/fixtures/cli-schemas/${name}.schema.json`, import.meta.url), "utf8")));
const write = (name: string, document: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(document));
  return path;
};
const quick = write("quick.json", {
  name: "quick",
  tasks: [
    { name: "a", target: { type: "process", command: "sh", args: ["-c", "echo hello"] } },
    { name: "b", needs: ["a"], target: { type: "wait", seconds: 0 } },
    { name: "c", needs: ["b"], target: { type: "process", command: "sh", args: ["-c", "exit 3"] }, retry: { attempts: 1 } },
  ],
});
const long = write("long.json", {
  name: "long",
  tasks: [{ name: "a", target: { type: "process", command: "sh", args: ["-c", "echo begun; sleep 600"] } }],
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("without a server", () => {
  it("run works to the end, and what it did can be looked at afterwards, as the contract of --json says", async () => {
    const run = await qmoi("run", quick, "--json");
    expect([run.code, run.err]).toEqual([1, ""]);
    const told = schema("run").parse(JSON.parse(run.out)) as { run: string; tasks: Record<string, number> };
    expect(told).toMatchObject({ workflow: "quick", state: "failed", tasks: { succeeded: 2, failed: 1, running: 0 } });
    const tasks = schema("tasks").parse(JSON.parse((await qmoi("tasks", told.run, "--json")).out)) as {
      name: string;
      needs: string[];
      startSeq: number;
      endSeq: number;
    }[];
    expect(tasks.map(({ name, needs }) => [name, needs])).toEqual([
      ["a", []],
      ["b", ["a"]],
      ["c", ["b"]],
    ]);
    // A task starts after what it needs has ended, in the store's order.
    expect(tasks.flatMap(({ startSeq, endSeq }) => [startSeq, endSeq])).toEqual(
      tasks.flatMap(({ startSeq, endSeq }) => [startSeq, endSeq]).toSorted((x, y) => x - y),
    );
    const runs = schema("runs").parse(JSON.parse((await qmoi("runs", "--json")).out));
    expect(runs).toMatchObject([{ run: told.run, state: "failed" }]);
  });

  it("run --no-wait returns at once with the id, and says what it takes to begin", async () => {
    const { code, out, err } = await qmoi("run", quick, "--no-wait");
    expect([code, out]).toEqual([0, expect.stringMatching(/^k[0-9a-f]+\n$/)]);
    expect(err).toContain("`qmoi up`");
    await qmoi("cancel", out.trim());
  });

  it("Ctrl-C cancels the run, and others see it meanwhile", async () => {
    const child = start("run", long);
    const ended = finish(child);
    await says(child.stderr, "running");
    expect((await qmoi("runs", "--state", "running")).out).toContain("long");
    child.kill("SIGINT");
    const { code, out } = await ended;
    expect([code, out]).toEqual([1, expect.stringContaining("⊘ cancelled  long")]);
  });

  it("a reader that goes away ends the output, not the work", async () => {
    const child = start("run", quick);
    child.stdout.destroy();
    const [code] = await once(child, "exit");
    expect(code).toBe(1);
    expect(JSON.parse((await qmoi("runs", "--json", "--limit", "1")).out)).toMatchObject([{ workflow: "quick", state: "failed" }]);
  });
});

describe("up", () => {
  const up = async (...args: string[]) => {
    const child = start("up", "--port", "0", "--json", ...args);
    const { url, console: page } = JSON.parse(await says(child.stdout, "\n")) as { url: string; console: string };
    return { child, url, page };
  };

  it("answers only to who has the token, shows the console, and ends on SIGTERM", async () => {
    const { child, url, page } = await up();
    expect(statSync(join(data, "token")).mode & 0o777).toBe(0o600);
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    expect((await fetch(`${url}/v1/runs`)).status).toBe(401);
    const opened = await fetch(page, { redirect: "manual" });
    const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(await (await fetch(url, { headers: { cookie } })).text()).toContain("<title>QMOI</title>");
    const ended = finish(child);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("refuses a folder that is served already, and names who serves it", async () => {
    const { child, url } = await up();
    expect(await qmoi("up", "--port", "0")).toMatchObject({
      code: 1,
      err: expect.stringMatching(new RegExp(`used by process ${child.pid} at ${url}`)),
    });
  });

  it("lets what runs finish, and aborts it when asked again", async () => {
    const { child } = await up();
    const run = (await qmoi("run", long, "--no-wait")).out.trim();
    await says(start("logs", run, "a", "-f").stdout, "begun");
    const ended = finish(child);
    const waiting = says(child.stderr, "waiting for 1 running task");
    child.kill("SIGINT");
    await waiting;
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    await qmoi("cancel", run);
  });

  it("takes up again what was running when it was killed", async () => {
    const { child } = await up();
    const flag = join(folder, "flag");
    const path = write("resumed.json", {
      name: "resumed",
      tasks: [
        {
          name: "a",
          target: { type: "process", command: "sh", args: ["-c", `echo begun; test -e ${flag} || sleep 600`] },
          retry: { attempts: 3, delay: 0 },
        },
      ],
    });
    const follower = start("run", path);
    const followed = finish(follower);
    await says(follower.stderr, "running");
    writeFileSync(flag, "");
    child.kill("SIGKILL");
    // The command line that followed it takes the folder over, and the run goes on there.
    expect(await followed).toMatchObject({
      code: 0,
      out: expect.stringContaining("✓ succeeded  resumed"),
      err: expect.stringContaining("The server went away."),
    });
  });
});

it("start runs the example and goes on serving", async () => {
  const child = start("start", "--port", "0");
  const text = await says(child.stdout, "in a browser");
  expect(text).toMatch(/✓ succeeded {2}example/);
  const ended = finish(child);
  child.kill("SIGINT");
  expect((await ended).code).toBe(0);
});

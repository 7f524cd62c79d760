import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json, TargetCall } from "@qmoi/core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { ProcessTarget } from "./process-target.ts";
import { isAlive, testCall, until } from "./testing/calls.ts";
import { temporaryFolder } from "./testing/folders.ts";

const PATH = process.env.PATH ?? "";
const linux = process.platform === "linux";
const folder = temporaryFolder();
const target = new ProcessTarget({ baseEnv: { PATH }, baseDir: folder, graceMs: 300 });
afterAll(() => target.close());

const shell = (script: string, more: Record<string, unknown> = {}) => ({ type: "process", command: "sh", args: ["-c", script], ...more });
const run = (definition: TargetCall["target"], input: Json = null) => target.run(testCall(definition, input).call);

describe("ProcessTarget", () => {
  it("takes standard output as the task's output and streams both", async () => {
    const { call, text, heartbeats } = testCall(shell("echo '{\"rows\": 3}'; echo warning >&2"));
    expect(await target.run(call)).toMatchObject({ ok: true, output: { rows: 3 } });
    expect(text("stdout")).toBe('{"rows": 3}\n');
    expect(text("stderr")).toBe("warning\n");
    expect(heartbeats()).toBeGreaterThan(0);
    expect(await run(shell("echo hello", { output: "none" }))).not.toHaveProperty("output");
    expect(await run(shell("echo loading; echo 7", { output: "json" }))).toMatchObject({ output: 7 });
  });

  it("streams before the process ends", async () => {
    const go = join(folder, "go");
    const { call, text } = testCall(shell(`echo first; while [ ! -e ${go} ]; do sleep 0.01; done; echo second`));
    const result = target.run(call);
    await until(() => text("stdout") === "first\n");
    writeFileSync(go, "");
    expect(await result).toMatchObject({ ok: true, output: "first\nsecond" });
  });

  it("passes only the declared environment, the base and what QMOI adds", async () => {
    const result = await run({ type: "process", command: "env", env: { GREETING: "hi  there\nyou" }, output: "text" }, { a: 1 });
    const env = ((result as { output: string }).output ?? "").split("\n").sort();
    const added = env.filter((line) => !/^(PWD|SHLVL|OLDPWD|_)=/.test(line));
    expect(added).toEqual(
      [
        "GREETING=hi  there",
        "you",
        `PATH=${PATH}`,
        'QMOI_INPUT={"a":1}',
        "QMOI_ATTEMPT=2",
        "QMOI_IDEMPOTENCY_KEY=r1/t1",
        "QMOI_RUN=r1",
        "QMOI_TASK=t1",
      ].sort(),
    );
  });

  it("passes a large input as a file that goes with the attempt", async () => {
    const input = { text: "x".repeat(40_000) };
    const { call, text } = testCall(shell('echo "$QMOI_INPUT_FILE"; cat "$QMOI_INPUT_FILE"', { output: "json" }), input);
    expect(await target.run(call)).toMatchObject({ ok: true, output: input });
    expect(existsSync(text("stdout").split("\n")[0] as string)).toBe(false);
  });

  it("gives real files and pipes, so that /dev/stdin, /dev/stdout and /dev/stderr can be opened", async () => {
    const { call, text } = testCall(
      shell("cat /dev/stdin; echo out >/dev/stdout; echo err | tee /dev/stderr >/dev/null", { stdin: "given\n" }),
    );
    expect(await target.run(call)).toMatchObject({ ok: true, output: "given\nout" });
    expect(text("stderr")).toBe("err\n");
    expect(await run(shell("cat"))).not.toHaveProperty("output");
  });

  it("keeps arguments and large output as they are", async () => {
    const words = ["a b", "", "$HOME", "'\"\\", "é\n"];
    expect(await run({ type: "process", command: "printf", args: ["[%s]", ...words], output: "text" })).toMatchObject({
      output: words.map((w) => `[${w}]`).join(""),
    });
    const { call, text } = testCall(shell("yes 0123456789 | head -c 3000000"));
    await target.run(call);
    expect(text("stdout")).toHaveLength(3_000_000);
  });

  it("maps exit codes and names signals", async () => {
    const exitCodes = { "3": "success", "75": "unavailable" };
    expect(await run(shell("exit 3", { exitCodes }))).toMatchObject({ ok: true });
    expect(await run(shell("exit 75", { exitCodes }))).toMatchObject({ ok: false, failure: { class: "unavailable", code: "exit 75" } });
    const failed = await run(shell("echo 'no such table' >&2; exit 4", { exitCodes }));
    expect(failed).toMatchObject({ failure: { class: "exit", code: "exit 4", message: "sh ended with exit code 4: no such table" } });
    const { call, text } = testCall(shell("kill -SEGV $$"));
    expect(await target.run(call)).toMatchObject({
      failure: { class: "exit", code: "exit 139", message: "sh ended with exit code 139 (SIGSEGV)." },
    });
    expect(text("stderr")).toBe("");
  });

  it("refuses what can't be started, as invalid", async () => {
    writeFileSync(join(folder, "data.txt"), "x");
    mkdirSync(join(folder, "sub"), { recursive: true });
    const refused = async (definition: Record<string, unknown>) => {
      const result = await run({ type: "process", ...definition });
      return result.ok ? result : `${result.failure.class} ${result.failure.code} ${result.failure.message}`;
    };
    expect(await refused({ command: "no-such-command" })).toMatch(/^invalid ENOENT Command no-such-command was not found in PATH/);
    expect(await refused({ command: "./absent" })).toMatch(/^invalid ENOENT/);
    expect(await refused({ command: "./data.txt" })).toMatch(/^invalid EACCES .*chmod/);
    expect(await refused({ command: "./sub" })).toMatch(/^invalid EACCES/);
    expect(await refused({ command: "true", cwd: "absent" })).toMatch(/^invalid ENOENT The folder/);
    expect(await refused({ command: "true", args: ["x".repeat(4_000_000)] })).toMatch(/^invalid E2BIG/);
    expect(await refused({ command: "true", args: ["a\0b"] })).toMatch(/^invalid ERR_INVALID_ARG_VALUE/);
    expect(await refused({})).toMatch(/^invalid QMOI_INVALID_WORKFLOW \$\.target\.command/);
    expect(await refused({ command: "true", env: { "a.b": "c" } })).toMatch(/^invalid QMOI_INVALID_WORKFLOW \$\.target\.env/);
  });

  it("runs a command relative to its folder, also one named as a shell's builtin", async () => {
    writeFileSync(join(folder, "sub", "test"), "#!/bin/sh\npwd\n");
    chmodSync(join(folder, "sub", "test"), 0o755);
    expect(await run({ type: "process", command: "./test", cwd: "sub" })).toMatchObject({ output: expect.stringMatching(/\/sub$/) });
    const env = { PATH: `${join(folder, "sub")}:${PATH}` };
    expect(await run({ type: "process", command: "test", env, cwd: "sub" })).toMatchObject({ output: expect.stringMatching(/\/sub$/) });
  });

  it("lets a process end itself on SIGTERM, then kills the whole group", async () => {
    const polite = testCall(shell("trap 'sleep 0.1; echo bye; exit 0' TERM; echo ready; while :; do sleep 0.02; done"));
    const ended = target.run(polite.call);
    await until(() => polite.text("stdout") === "ready\n");
    polite.abort("cancelled");
    expect(await ended).toMatchObject({ ok: false, failure: { class: "cancelled", code: "QMOI_TASK_CANCELLED" } });
    expect(polite.text("stdout")).toBe("ready\nbye\n");

    const stubborn = testCall(shell("trap '' TERM; (sleep 1000 & echo $!; wait) & echo $$; sleep 1000; sleep 1000"));
    const killed = target.run(stubborn.call);
    await until(() => stubborn.text("stdout").trim().split("\n").length === 2);
    const pids = stubborn.text("stdout").trim().split("\n").map(Number);
    expect(pids.every(isAlive)).toBe(true);
    stubborn.abort("timeout");
    expect(await killed).toMatchObject({ ok: false, failure: { class: "timeout" } });
    expect(pids.some(isAlive)).toBe(false);
  });

  it("does not start what is aborted already", async () => {
    const { call, abort } = testCall(shell(`touch ${join(folder, "started")}`));
    abort("heartbeat");
    expect(await target.run(call)).toMatchObject({ failure: { class: "heartbeat" } });
    expect(existsSync(join(folder, "started"))).toBe(false);
  });

  it("kills what the command leaves in its group, and nothing waits for it", async () => {
    const { call, text } = testCall(shell("sleep 1000 & echo $!"));
    expect(await target.run(call)).toMatchObject({ ok: true });
    expect(isAlive(Number(text("stdout")))).toBe(false);
  });

  it("is not held up by a process that has left the group, and gives its pipe to nobody else", async () => {
    const writer = "trap '' PIPE; exec 2>/dev/null; echo $$; while sleep 0.01; do echo leak; done";
    const { call, text } = testCall(shell('setsid sh -c "$SCRIPT" & sleep 0.2', { env: { SCRIPT: writer } }));
    expect(await target.run(call)).toMatchObject({ ok: true });
    const pid = Number.parseInt(text("stdout"), 10);
    onTestFinished(() => void process.kill(-pid, "SIGKILL"));
    expect(isAlive(pid)).toBe(true);
    const others = Array.from({ length: 40 }, () => testCall(shell("sleep 0.1")));
    await Promise.all(others.map((other) => target.run(other.call)));
    expect(others.map((other) => other.text("stdout") + other.text("stderr")).join("")).toBe("");
  });

  it.runIf(linux)("kills on cancel also what has left the group, and what that starts then", async () => {
    const patient = new ProcessTarget({ baseEnv: { PATH } });
    const stubborn = "trap 'sleep 1000 & echo $!' TERM; echo $$; while :; do sleep 0.02; done";
    const { call, text, abort } = testCall(shell(`setsid sh -c "$SCRIPT" & wait`, { env: { SCRIPT: stubborn } }));
    const result = patient.run(call);
    await until(() => text("stdout").endsWith("\n"));
    abort("cancelled");
    await result;
    const pids = text("stdout").trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    await until(() => !pids.some(isAlive));
    await patient.close();
  });

  it("fails as exit when the group is killed from outside, and nothing survives", async () => {
    const { call, text } = testCall(shell("ps -o ppid= -p $$; echo $$; sleep 1000"));
    const result = target.run(call);
    await until(() => text("stdout").trim().split("\n").length === 2);
    const [leader, command] = text("stdout").trim().split("\n").map(Number) as [number, number];
    process.kill(leader, "SIGKILL");
    expect(await result).toMatchObject({ ok: false, failure: { class: "exit", code: "exit 137" } });
    await until(() => !isAlive(command));
  });

  it.runIf(linux)("ends an attempt over its memory cap as memory", async () => {
    const hungry = "const held = []; setInterval(() => held.push(Buffer.alloc(8e6, 1)), 5)";
    const definition = { type: "process", command: process.execPath, args: ["-e", hungry] };
    const result = await target.run(testCall(definition, null, { memoryBytes: 200e6 }).call);
    expect(result).toMatchObject({ ok: false, failure: { class: "memory" } });
    expect(result.use?.peakMemoryBytes).toBeGreaterThan(200e6);
  });

  it.runIf(linux)("measures processor time of all descendants, peak memory and bytes written", async () => {
    const burn = "const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end); Buffer.alloc(1e8, 1)";
    const file = join(folder, "written");
    const result = await run(shell(`(${process.execPath} -e '${burn}'); head -c 300000 /dev/zero >${file}; sleep 0.3`));
    expect(result.use?.cpuSeconds).toBeGreaterThanOrEqual(0.3);
    expect(result.use?.peakMemoryBytes).toBeGreaterThan(1e6);
    // A folder in memory has no storage to write to.
    const before = Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
    writeFileSync(join(folder, "control"), "x".repeat(300_000));
    const stored = Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]) > before;
    expect(result.use?.bytesWritten).toBeGreaterThanOrEqual(stored ? 300_000 : 0);
  });

  it.runIf(linux)("leaves no descriptor, file or process behind", async () => {
    await run(shell("true"));
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    const runs = Array.from({ length: 150 }, (_, i) => run(shell(`exit $((${i} % 2))`, { stdin: "x" })));
    const results = await Promise.all(runs);
    expect(results.filter((result) => result.ok)).toHaveLength(75);
    await until(() => count() <= before);
  });

  it("says that a host out of processes is unavailable and a missing shell invalid", async () => {
    const shellless = new ProcessTarget({ baseEnv: { PATH }, shell: "/no/such/sh" });
    expect(await shellless.run(testCall(shell("true")).call)).toMatchObject({ failure: { class: "invalid", code: "ENOENT" } });
    await shellless.close();
  });

  it("works under another POSIX shell", async () => {
    const bash = new ProcessTarget({ baseEnv: { PATH }, shell: existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh", graceMs: 100 });
    const { call, text, abort } = testCall(shell("trap '' TERM; sleep 1000 & echo $!; wait"));
    const killed = bash.run(call);
    await until(() => text("stdout").endsWith("\n"));
    abort("timeout");
    expect(await killed).toMatchObject({ failure: { class: "timeout" } });
    expect(isAlive(Number(text("stdout")))).toBe(false);
    const { call: failing, text: output } = testCall(shell("kill -KILL $$"));
    expect(await bash.run(failing)).toMatchObject({ failure: { code: "exit 137" } });
    expect(output("stderr")).toBe("");
    expect((await bash.run(testCall(shell("echo 5")).call)).use).toHaveProperty("cpuSeconds");
    await bash.close();
  });

  it("removes its temporary folder when the process exits without closing it", () => {
    const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const script = `
      import { ProcessTarget } from ${source("./process-target.ts")};
      import { testCall } from ${source("./testing/calls.ts")};
      const target = new ProcessTarget({ baseEnv: { PATH: process.env.PATH } });
      await target.run(testCall({ type: "process", command: "true" }).call);
      process.exit();`;
    const own = join(folder, "tmp");
    mkdirSync(own);
    execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], { env: { PATH, TMPDIR: own } });
    expect(readdirSync(own)).toEqual([]);
  });

  it("kills what runs when it is closed", async () => {
    const closing = new ProcessTarget({ baseEnv: { PATH } });
    const { call, text } = testCall(shell("echo $$; sleep 1000"));
    const result = closing.run(call);
    await until(() => text("stdout").endsWith("\n"));
    await closing.close();
    expect(await result).toMatchObject({ ok: false });
    expect(isAlive(Number(text("stdout")))).toBe(false);
  });
});

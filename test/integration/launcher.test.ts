import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe("the launcher", () => {
  let folder = "";

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  /** An older Node: this one, saying that it is Node 20 before the launcher looks. */
  const asNode20 = (): string[] => [
    "--import",
    `data:text/javascript,${encodeURIComponent('Object.defineProperty(process.versions,"node",{value:"20.19.0"})')}`,
  ];

  /** A busy machine: when a process has been started, the one that started it doesn't go on for so long. */
  const slowAfterSpawn = (ms: number): string[] => [
    "--import",
    `data:text/javascript,${encodeURIComponent(
      `import processes from "node:child_process"; import { syncBuiltinESMExports } from "node:module";
      const { spawn } = processes;
      processes.spawn = (...args) => { const child = spawn(...args); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms}); return child; };
      syncBuiltinESMExports();`,
    )}`,
  ];

  /** The packaged Node is a script here, which lets the tests see that it was used. */
  const packageNode = (): void => {
    write("node_modules/node/package.json", "{}");
    write("node_modules/node/bin/node", `#!/bin/sh\nPACKAGED=yes exec '${process.execPath}' "$@"\n`);
    chmodSync(join(folder, "node_modules/node/bin/node"), 0o755);
  };

  const run = (flags: string[], ...args: string[]) =>
    spawnSync(process.execPath, [...flags, join(folder, "bin/qmoi.js"), ...args], { encoding: "utf8", env: { PATH: process.env.PATH } });

  const main = (name: string): string =>
    `export const main = async (argv) => { console.log("${name}", process.env.PACKAGED ?? "no", argv.join(" ")); return 3; };\n`;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "launcher-"));
    cpSync(join(root, "bin/qmoi.js"), join(folder, "bin/qmoi.js"));
    write("package.json", '{ "type": "module" }');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("runs the bundle here and passes arguments and exit code", () => {
    write("dist/qmoi.js", main("bundle"));
    expect(run([], "runs", "--json")).toMatchObject({ status: 3, stdout: "bundle no runs --json\n", stderr: "" });
  });

  it("prefers the sources in a clone, where a bundle may be old", () => {
    write("dist/qmoi.js", main("bundle"));
    write("packages/cli/src/main.ts", `${main("sources")}export type Nothing = never;\n`);
    expect(run([], "up")).toMatchObject({ status: 3, stdout: "sources no up\n", stderr: "" });
  });

  it("works through the link that npm makes", () => {
    write("dist/qmoi.js", main("bundle"));
    mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
    symlinkSync("../../bin/qmoi.js", join(folder, "node_modules/.bin/qmoi"));
    const linked = spawnSync(process.execPath, [join(folder, "node_modules/.bin/qmoi"), "a"], { encoding: "utf8" });
    expect(linked).toMatchObject({ status: 3, stdout: "bundle no a\n" });
  });

  it("hides that node:sqlite is experimental, and no other warning", () => {
    write(
      "dist/qmoi.js",
      'export const main = async () => { await import("node:sqlite"); process.emitWarning("old", "DeprecationWarning"); process.emitWarning("new", { type: "ExperimentalWarning" }); return 0; };',
    );
    const { status, stderr } = run([]);
    expect(status).toBe(0);
    expect(stderr).toContain("DeprecationWarning: old");
    expect(stderr).not.toContain("Experimental");
  });

  it("hands over to the packaged Node on an old one", () => {
    write("dist/qmoi.js", main("bundle"));
    packageNode();
    expect(run(asNode20(), "doctor", "a b")).toMatchObject({ status: 3, stdout: "bundle yes doctor a b\n", stderr: "" });
  });

  it("says what to do on an old Node without the packaged one", () => {
    write("dist/qmoi.js", main("bundle"));
    const { status, stdout, stderr } = run(asNode20());
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^qmoi: this is Node 20\.19\.0, and QMOI needs 22\.18 or later\. .*npm ci/);
  });

  it("says what to do without sources and bundle", () => {
    expect(run([])).toMatchObject({ status: 1, stderr: expect.stringContaining("npm run build") });
  });

  it.each([
    ["SIGTERM", 0],
    ["SIGINT", 0],
    ["SIGHUP", 0],
    ["SIGINT", 1_000],
  ] as const)("passes %s on, where starting took %d ms longer too, and waits for the end", async (signal, ms) => {
    write(
      "dist/qmoi.js",
      `export const main = () => new Promise((done) => { const timer = setInterval(() => {}, 1000); process.once("${signal}", () => { console.log("got ${signal}"); clearInterval(timer); done(7); }); console.log("ready"); });`,
    );
    packageNode();
    const child = spawn(process.execPath, [...asNode20(), ...slowAfterSpawn(ms), join(folder, "bin/qmoi.js")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (output === "ready\n") child.kill(signal);
    });
    const [code] = await once(child, "close");
    expect({ code, output }).toEqual({ code: 7, output: `ready\ngot ${signal}\n` });
  });

  it("stops when npm's shell was stopped", async () => {
    write(
      "dist/qmoi.js",
      'export const main = () => new Promise((done) => { const timer = setInterval(() => {}, 1000); process.once("SIGTERM", () => { console.log("got SIGTERM"); clearInterval(timer); done(0); }); console.log("ready"); });',
    );
    const env = { PATH: process.env.PATH, npm_lifecycle_event: "start" };
    const shell = spawn("sh", ["-c", `'${process.execPath}' bin/qmoi.js; true`], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    shell.stdout.on("data", (chunk) => {
      output += chunk;
      if (output === "ready\n") shell.kill("SIGTERM");
    });
    await once(shell, "close");
    expect(output).toBe("ready\ngot SIGTERM\n");
  });

  it("exits as a shell does when a signal ended the packaged Node", () => {
    write("dist/qmoi.js", 'export const main = () => { process.kill(process.pid, "SIGKILL"); return new Promise(() => {}); };');
    packageNode();
    expect(run(asNode20()).status).toBe(137);
  });
});

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { differences, type LockPackages, packagedNode, withoutDeploy } from "../../scripts/install-state.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const TOOL = { "tool-linux-x64": "1", "tool-darwin-arm64": "1" };
const LOCK: LockPackages = {
  "": { dependencies: { zod: "4" }, optionalDependencies: { "native-extra": "1" }, devDependencies: { vitest: "5" } },
  "packages/core": { version: "0.1.0" },
  "node_modules/@qmoi/core": { resolved: "packages/core", link: true },
  "node_modules/zod": { version: "4.0.0", integrity: "sha512-a" },
  "node_modules/vitest": { version: "5.0.0", integrity: "sha512-b", dev: true, optionalDependencies: TOOL },
  "node_modules/tool-linux-x64": {
    version: "1.0.0",
    integrity: "sha512-c",
    dev: true,
    optional: true,
    os: ["linux"],
    cpu: ["x64"],
    libc: ["glibc"],
  },
  "node_modules/tool-darwin-arm64": { version: "1.0.0", integrity: "sha512-d", dev: true, optional: true, os: ["darwin"], cpu: ["arm64"] },
  "node_modules/native-extra": { version: "1.0.0", integrity: "sha512-e", optional: true },
};
/** The same with the workspace that only a deploy needs: a tool of its own, whose own copy of zod lies beside it. */
const DEPLOYED: LockPackages = {
  ...LOCK,
  stacks: { version: "0.1.0", devDependencies: { deployer: "1" } },
  "node_modules/@qmoi/stacks": { resolved: "stacks", link: true },
  "node_modules/deployer": { version: "1.0.0", integrity: "sha512-f", dev: true, dependencies: { zod: "3", helper: "1" } },
  "node_modules/deployer/node_modules/zod": { version: "3.0.0", integrity: "sha512-g", dev: true },
  "node_modules/helper": { version: "1.0.0", integrity: "sha512-h", dev: true },
};
const linux = { os: "linux", cpu: "x64", libc: "glibc" };
const mac = { os: "darwin", cpu: "arm64", libc: undefined };
const without = (...paths: string[]): LockPackages =>
  Object.fromEntries(Object.entries(LOCK).filter(([path]) => !paths.some((name) => path === `node_modules/${name}`)));

describe("the difference between lock file and node_modules", () => {
  const full = without("tool-darwin-arm64");

  it("is empty after a full installation, whatever optional package failed to build", () => {
    expect(differences(LOCK, full, { dev: true, platform: linux })).toEqual([]);
    expect(differences(LOCK, without("tool-darwin-arm64", "native-extra"), { dev: true, platform: linux })).toEqual([]);
  });

  it("is empty without the development packages when those are not needed", () => {
    const production = without("vitest", "tool-linux-x64", "tool-darwin-arm64");
    expect(differences(LOCK, production, { dev: false, platform: linux })).toEqual([]);
    expect(differences(LOCK, production, { dev: true, platform: linux })).toEqual(["vitest", "tool-linux-x64"]);
  });

  it("names what is missing, has another version, other content or another link", () => {
    expect(differences(LOCK, {}, { dev: false, platform: linux })).toEqual(["@qmoi/core", "zod"]);
    for (const change of [{ version: "4.0.1" }, { integrity: "sha512-z" }])
      expect(
        differences(LOCK, { ...full, "node_modules/zod": { ...LOCK["node_modules/zod"], ...change } }, { dev: true, platform: linux }),
      ).toEqual(["zod"]);
    const moved = { ...full, "node_modules/@qmoi/core": { resolved: "elsewhere", link: true } };
    expect(differences(LOCK, moved, { dev: true, platform: linux })).toEqual(["@qmoi/core"]);
  });

  it("sees a folder that was installed on another platform", () => {
    expect(differences(LOCK, full, { dev: true, platform: mac })).toEqual(["tool-darwin-arm64"]);
    expect(differences(LOCK, full, { dev: true, platform: { ...linux, libc: "musl" } })).toEqual([]);
  });
});

describe("what only a deploy needs", () => {
  it("is left out with all that nothing else needs, and no more", () => {
    const left = Object.keys(withoutDeploy(DEPLOYED));
    expect(Object.keys(DEPLOYED).filter((path) => !left.includes(path))).toEqual([
      "stacks",
      "node_modules/@qmoi/stacks",
      "node_modules/deployer",
      "node_modules/deployer/node_modules/zod",
      "node_modules/helper",
    ]);
  });

  it("keeps what another workspace or the repository needs too", () => {
    const shared = { ...DEPLOYED, "packages/core": { version: "0.1.0", dependencies: { helper: "1" } } };
    expect(Object.keys(withoutDeploy(shared))).toContain("node_modules/helper");
  });

  it("leaves hundreds of packages of this repository out, and none that the tests import", () => {
    const packages = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages as LockPackages;
    const usual = withoutDeploy(packages);
    expect(Object.keys(packages).length - Object.keys(usual).length).toBeGreaterThan(500);
    for (const name of ["vitest", "fast-check", "zod", "@biomejs/biome"]) expect(usual).toHaveProperty([`node_modules/${name}`]);
    for (const name of ["sst", "aws-cdk-lib"]) expect(usual).not.toHaveProperty([`node_modules/${name}`]);
  });
});

describe("ensure-installed", () => {
  let folder = "";
  let bin = "";

  /** Runs the script as npm does, with a stand-in for npm. */
  const run = (...args: string[]) => {
    const env = { PATH: `${join(folder, "node_modules", ".bin")}:${bin}:${dirname(process.execPath)}:/usr/bin:/bin` };
    return spawnSync(process.execPath, [join(folder, "scripts/ensure-installed.mjs"), ...args], { env, encoding: "utf8" });
  };

  const standIn = (script: string): void => {
    writeFileSync(
      join(bin, "npm"),
      `#!/bin/sh\necho "$@" >> '${join(folder, "calls")}'\necho "$PATH" > '${join(folder, "path")}'\n${script}\n`,
    );
    chmodSync(join(bin, "npm"), 0o755);
  };

  const calls = (): string[] => (existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : []);

  const installed = (packages: LockPackages): void => {
    mkdirSync(dirname(packagedNode(folder)), { recursive: true });
    writeFileSync(packagedNode(folder), "");
    writeFileSync(join(folder, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ensure-installed-"));
    bin = join(folder, "bin");
    mkdirSync(bin);
    cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: LOCK }));
    standIn(`mkdir -p '${dirname(packagedNode(folder))}' && touch '${packagedNode(folder)}'`);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("installs what is needed, and says so in two lines", () => {
    const { status, stdout, stderr } = run("--omit=dev");
    expect(status).toBe(0);
    expect(calls()).toEqual([expect.stringContaining("ci --omit=dev")]);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^Installing 2 packages \(without those for development\) \.\.\.\nInstalled in \d+ s\.\n$/);
  });

  it("installs the development packages for the tests", () => {
    expect(run().status).toBe(0);
    expect(calls()).toEqual([expect.stringContaining("ci --include=dev")]);
  });

  it("does nothing, silently, when all is there", () => {
    installed(LOCK);
    for (const args of [[], ["--omit=dev"]]) expect(run(...args)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(calls()).toEqual([]);
  });

  it("installs for a deploy only when asked, and then keeps it", () => {
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: DEPLOYED }));
    expect(run().status).toBe(0);
    expect(run("--deploy").status).toBe(0);
    const [tests, deploy] = calls();
    expect(tests).toMatch(/--include=dev .*--include-workspace-root --workspace=packages\/core$/);
    expect(deploy).not.toContain("--workspace");
    installed(Object.fromEntries(Object.entries(DEPLOYED).filter(([path]) => path !== "node_modules/zod")));
    expect(run("--omit=dev").status).toBe(0);
    expect(calls()[2]).toBe(deploy);
  });

  it("keeps the development packages when it updates an installation that has them", () => {
    installed(without("zod"));
    expect(run("--omit=dev").status).toBe(0);
    expect(calls()).toEqual([expect.stringContaining("ci --include=dev")]);
  });

  it("runs npm on a Node outside of the folder that npm replaces", () => {
    installed(without("zod"));
    run();
    expect(readFileSync(join(folder, "path"), "utf8")).not.toContain(join(folder, "node_modules"));
  });

  it("installs again when the packaged Node is gone", () => {
    installed(LOCK);
    rmSync(packagedNode(folder));
    expect(run("--omit=dev").status).toBe(0);
    expect(calls()).toHaveLength(1);
  });

  it.each([
    ["npm error code ENOTFOUND", "could not reach its registry"],
    ["npm error code EUSAGE", "package.json and package-lock.json differ"],
    ["npm error code EACCES", "may not write here"],
    ["npm error code ENOSPC", "The disk is full"],
    ["npm error code EWHATEVER", "Repair what npm reports above"],
  ])("explains %s", (output, explanation) => {
    standIn(`echo '${output}' >&2; exit 1`);
    const { status, stderr } = run();
    expect(status).toBe(1);
    expect(stderr).toContain(output);
    expect(stderr).toContain(explanation);
  });

  it("explains install scripts that are switched off", () => {
    standIn("exit 0");
    const { status, stderr } = run();
    expect(status).toBe(1);
    expect(stderr).toContain("ignore-scripts");
  });

  it("explains a missing npm and a missing lock file", () => {
    rmSync(join(bin, "npm"));
    const env = { PATH: bin };
    const noNpm = spawnSync(process.execPath, [join(folder, "scripts/ensure-installed.mjs")], { env, encoding: "utf8" });
    expect(noNpm).toMatchObject({ status: 1, stderr: expect.stringContaining("npm could not be started") });
    rmSync(join(folder, "package-lock.json"));
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining("package-lock.json is missing") });
  });
});

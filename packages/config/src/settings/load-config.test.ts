import { readFileSync } from "node:fs";
import { ERROR_CLASSES, hasCode, type QmoiError } from "@qmoi/core";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { schemaFiles } from "../schema-files.ts";
import { CONFIG_DOCUMENTS, type ConfigOverrides, loadConfig } from "./load-config.ts";
import { MODULES, moduleWaves } from "./module-waves.ts";
import { hostCapacity } from "./parallel-processing.ts";

const folder = new URL("../../../../config/", import.meta.url);
const absent = (): undefined => undefined;

const refuse = (overrides: ConfigOverrides): QmoiError => {
  try {
    loadConfig(absent, overrides);
  } catch (error) {
    if (hasCode(error, "QMOI_INVALID_CONFIG")) return error;
    throw error;
  }
  throw new Error("accepted");
};

describe("loadConfig", () => {
  it("has a default for everything, which the files of config/ spell out", () => {
    const defaults = loadConfig(absent);
    for (const [name, { file }] of Object.entries(CONFIG_DOCUMENTS)) {
      const { $schema, ...written } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
      expect(written, file).toEqual(defaults[name as keyof typeof defaults]);
      expect($schema).toBe(`./schema/${file.replace(".json", ".schema.json")}`);
    }
  });

  it("has a retry policy for every error class", () => {
    expect(Object.keys(loadConfig(absent).errors.retries)).toEqual([...ERROR_CLASSES]);
  });

  it("reads files, and lets overrides win key by key", () => {
    const text = '{"pools": {"default": {"slots": 4}, "gpu": {"slots": 2}}, "maxRunningTasks": 7}';
    const config = loadConfig((file) => (file === "parallel_processing.json" ? text : undefined), {
      parallel: { pools: { gpu: { slots: 3 } }, functionWorkers: 2 },
      errors: { retries: { exit: { attempts: 9 }, timeout: null } },
    });
    expect(config.parallel).toMatchObject({ pools: { default: { slots: 4 }, gpu: { slots: 3 } }, maxRunningTasks: 7, functionWorkers: 2 });
    expect(config.errors.retries.exit).toEqual({ ...loadConfig(absent).errors.retries.exit, attempts: 9 });
    expect(config.errors.retries.timeout).toBeNull();
  });

  it("says file, line and JSON path of what is wrong", () => {
    const text = '{\n "pools": {"default": {"slts": 4}}\n}';
    expect(() => loadConfig((file) => (file === "parallel_processing.json" ? text : undefined))).toThrowError(
      'parallel_processing.json:2:32 $.pools.default.slts: unknown key "slts"; did you mean "slots"?',
    );
  });

  it.each<[string, ConfigOverrides, string, string]>([
    ["an unknown key", { parallel: { maxRunning: 3 } }, "$.maxRunning", 'did you mean "maxRunningTasks"?'],
    ["pools that are no object", { parallel: { pools: null } }, "$.pools", "expected an object"],
    ["a share of a host that isn't one", { parallel: { host: { cpu: "0%" } } }, "$.host.cpu", "a percentage from 1% to 100%"],
    [
      "a task larger than its pool",
      { parallel: { pools: { default: { slots: 2, largestTask: 3 } } } },
      "$.pools.default",
      "more slots than the pool has",
    ],
    ["an unknown error class", { errors: { retries: { exits: null } } }, "$.retries.exits", 'did you mean "exit"?'],
    ["thresholds the wrong way round", { memory: { host: { resumeBelow: 0.99 } } }, "$.host", "resumeBelow must not be above pauseAbove"],
    ["an unknown module", { master: { modules: { "health-monitr": {} } } }, '$.modules["health-monitr"]', 'did you mean "health-monitor"?'],
    [
      "modules that need each other",
      { master: { modules: { "health-monitor": { needs: ["data-optimizer"] } } } },
      '$.modules["health-monitor"].needs',
      "in a cycle: health-monitor, data-optimizer",
    ],
    [
      "a module without what it needs",
      { master: { modules: { "health-monitor": { enabled: false } } } },
      '$.modules["data-optimizer"].needs[0]',
      "health-monitor, which is not enabled",
    ],
    [
      "a schedule",
      { master: { modules: { "health-monitor": { schedule: "rate(1 minutes)" } } } },
      '$.modules["health-monitor"].schedule',
      "expected minute",
    ],
    [
      "a key that reaches a prototype",
      { parallel: JSON.parse('{"pools": {"__proto__": {"slots": 1}}}') },
      "$.pools",
      '"__proto__" is not allowed',
    ],
  ])("refuses %s", (_, overrides, path, message) => {
    const error = refuse(overrides);
    expect(error.path).toContain(` ${path}`);
    expect(error.message).toContain(message);
    expect(({} as Record<string, unknown>).slots).toBeUndefined();
  });

  it("refuses pools without the one for tasks that name none", () => {
    expect(() => loadConfig((file) => (file === "parallel_processing.json" ? '{"pools": {"gpu": {"slots": 1}}}' : undefined))).toThrowError(
      'expected a pool named "default"',
    );
  });
});

describe("schemaFiles", () => {
  it("accept the files of config/", () => {
    const ajv = new Ajv2020({ strict: false });
    for (const { file } of Object.values(CONFIG_DOCUMENTS)) {
      const validate = ajv.compile(schemaFiles()[file.replace(".json", ".schema.json")]!);
      expect(validate(JSON.parse(readFileSync(new URL(file, folder), "utf8"))), file).toBe(true);
      expect(validate({ unknown: 1 })).toBe(false);
    }
  });
});

describe("moduleWaves", () => {
  const { modules } = loadConfig(absent).master;

  it("starts what is needed first, equals side by side", () => {
    expect(moduleWaves(modules, new Set(MODULES))).toEqual([
      ["master-automation"],
      ["advanced-automation", "health-monitor", "parallel-error-fixer"],
      ["intelligent-scheduler", "data-optimizer"],
      ["auto-evolution"],
      ["cloud-integration"],
    ]);
  });

  it("leaves out what is not there, and lets nobody wait for it", () => {
    expect(moduleWaves(modules, new Set(["intelligent-scheduler", "data-optimizer"]))).toEqual([
      ["intelligent-scheduler", "data-optimizer"],
    ]);
  });

  it("follows needs against priorities, and leaves out what is not enabled", () => {
    const changed = {
      ...modules,
      "cloud-integration": { ...modules["cloud-integration"], priority: 0 },
      "auto-evolution": { ...modules["auto-evolution"], enabled: false },
    };
    expect(moduleWaves(changed, new Set(MODULES))).toEqual([
      ["master-automation"],
      ["advanced-automation", "health-monitor", "parallel-error-fixer"],
      ["cloud-integration"],
      ["intelligent-scheduler", "data-optimizer"],
    ]);
  });
});

describe("hostCapacity", () => {
  const measured = { cpu: 8, memory: 1001, disk: 500 };

  it("takes shares of what there is, and numbers up to what there is", () => {
    expect(hostCapacity({ cpu: "50%", memory: "90%", disk: "100%" }, measured)).toEqual({ cpu: 4, memory: 900, disk: 500 });
    expect(hostCapacity({ cpu: 2.5, memory: 600, disk: 900 }, measured)).toEqual({ cpu: 2.5, memory: 600, disk: 500 });
  });
});

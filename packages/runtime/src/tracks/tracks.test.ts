import { SystemClock } from "@qmoi/adapters";
import { silentLogger } from "@qmoi/core";
import { expect, it } from "vitest";
import { Tracks } from "./tracks.ts";

const opened = (maxBytes?: number) => {
  const files = new Map<string, string>();
  const store = { read: async (name: string) => files.get(name), write: async (name: string, text: string) => void files.set(name, text) };
  let time = Date.UTC(2026, 0, 31, 9);
  const clock = Object.assign(new SystemClock(), { now: () => time });
  const open = () => new Tracks({ store, clock, logger: silentLogger, ...(maxBytes === undefined ? {} : { maxBytes }) });
  return { files, open, pass: (ms: number) => (time += ms) };
};
const record = {
  seq: 1,
  at: Date.UTC(2026, 0, 31, 9, 0, 0, 7),
  prev: "",
  hash: "",
  action: "run.cancel",
  subject: "r1",
  who: "key-1",
  outcome: "done" as const,
};

it("have a line each with its exact time, the newest day first, over restarts", async () => {
  const { files, open, pass } = opened();
  const first = open();
  first.records([record, { ...record, action: "config.set", reason: "why" }]);
  first.log("error", "task failed", { error: new Error("broken") });
  await first.flush();
  pass(86_400_000);
  const second = open();
  second.log("debug", "note");
  await second.flush();
  expect(files.get("TRACKS.md")).toBe(
    "# Tracks\n\n## 2026-02-01\n\n- 09:00:00.000Z **debug** note\n\n## 2026-01-31\n\n- 09:00:00.007Z **action** run.cancel r1 by key-1: done\n- 09:00:00.007Z **change** config.set r1 by key-1: done (why)\n- 09:00:00.000Z **error** task failed error=broken\n",
  );
});

it("tell what JSON can't hold by its name, and nothing of what is not there", async () => {
  const { files, open } = opened();
  const tracks = open();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  tracks.log("info", "odd", { cycle, absent: undefined, large: 2n ** 70n });
  await tracks.flush();
  expect(files.get("TRACKS.md")).toContain("odd cycle=[object Object] large=1180591620717411303424\n");
});

it("rotate by size into dated files and lose nothing", async () => {
  const { files, open } = opened(300);
  const tracks = open();
  for (let n = 0; n < 20; n++) {
    tracks.log("info", `line ${n}`);
    await tracks.flush();
  }
  expect(files.size).toBeGreaterThan(2);
  expect([...files.keys()]).toContain("TRACKS-2026-01-31.md");
  const all = [...files.values()].join("");
  for (let n = 0; n < 20; n++) expect(all).toContain(`line ${n}\n`);
});

it("keep what the store does not take, say so once, and lose nothing and tell nothing twice when it takes it again", async () => {
  const files = new Map<string, string>();
  const said: string[] = [];
  let refusals = 0;
  const store = {
    read: async (name: string) => files.get(name),
    write: async (name: string, text: string) => {
      if (refusals-- > 0) throw new Error("no space");
      files.set(name, text);
    },
  };
  const logger = { log: (_: string, message: string) => void said.push(message) };
  const tracks = new Tracks({ store, clock: new SystemClock(), logger, maxBytes: 300 });
  for (let n = 0; n < 40; n++) {
    // Refused at the file itself, at a dated one, and between the two.
    refusals = n % 3;
    tracks.log("info", `line ${n}.`);
    await tracks.flush();
  }
  refusals = 0;
  await tracks.flush();
  const all = [...files.values()].join("");
  for (let n = 0; n < 40; n++) expect(all.split(`line ${n}.`), `line ${n}`).toHaveLength(2);
  expect(new Set(said)).toEqual(new Set(["tracks not written; they wait and are tried again"]));
});

it("tell how many lines went while nothing could be written", async () => {
  const files = new Map<string, string>();
  let full = true;
  const store = {
    read: async () => undefined,
    write: async (name: string, text: string) => {
      if (full) throw new Error("no space");
      files.set(name, text);
    },
  };
  const tracks = new Tracks({ store, clock: new SystemClock(), logger: silentLogger });
  tracks.records(Array.from({ length: 10_003 }, () => record));
  await tracks.flush();
  full = false;
  await tracks.flush();
  expect([...files.values()].join("")).toMatch(/3 lines were lost/);
});

it("hold no secrets", async () => {
  const { files, open } = opened();
  const tracks = open();
  tracks.log("warn", "refused password=hunter22 Bearer abcdefghijkl", {
    key: `qmoi_${"a".repeat(12)}_${"b".repeat(64)}`,
    url: "https://me:pw4you@host/",
  });
  await tracks.flush();
  expect(files.get("TRACKS.md")).not.toMatch(/hunter22|abcdefghijkl|bbbb|pw4you/);
});

it("take no more notes into one write than people read, and say how many they left out; records all", async () => {
  const { files, open } = opened();
  const tracks = open();
  for (let n = 0; n < 1000; n++) tracks.log("debug", `note ${n}.`);
  tracks.records(Array.from({ length: 100 }, (_, seq) => ({ ...record, subject: `run ${seq}.` })));
  await tracks.flush();
  tracks.log("debug", "later");
  await tracks.flush();
  const text = files.get("TRACKS.md") ?? "";
  expect(text).toContain("note 49.");
  expect(text).not.toContain("note 50.");
  expect(text).toContain("950 more notes, left out here; the log has them all");
  expect(text).toContain("run 99.");
  expect(text).toContain("later");
});

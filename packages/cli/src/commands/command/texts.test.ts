import type { CommandPreview, MasterCommandAnswer } from "@qmoi/client";
import { Ansis } from "ansis";
import { describe, expect, it } from "vitest";
import { commandText, previewText } from "./texts.ts";

const plain = new Ansis(0);

describe("an update", () => {
  const preview = (details: object): string =>
    previewText(plain, {
      command: "update_system",
      waves: [["master-automation"], ["advanced-automation"]],
      needsBackup: true,
      affected: { running: 0, queued: 0, runs: 0 },
      details,
    } as unknown as CommandPreview);

  it("is previewed by what moves from which version to which, wave by wave", () => {
    const move = { wave: 1, module: "master-automation", from: "6", to: "7" };
    const moves = [
      { ...move, name: "api" },
      { ...move, name: "master" },
      { wave: 2, module: "advanced-automation", name: "decider", from: "4", to: "9" },
    ];
    expect(preview({ moves, schema: 3, steps: [] })).toContain(
      [
        "  moves      wave 1, master-automation: api 6 → 7, master 6 → 7",
        "  moves      wave 2, advanced-automation: decider 4 → 9",
        "  schema     3, the newest\n",
      ].join("\n"),
    );
    expect(preview({ moves: [], schema: 3, steps: ["schema 4: x"] })).toContain(
      "  moves      nothing: the newest versions run\n  schema     3 → schema 4: x\n",
    );
  });

  it("tells what it has moved, unless it was moved back", () => {
    const view = (state: string): string =>
      commandText(plain, {
        id: "c",
        command: "update_system",
        state,
        who: "k",
        reason: null,
        failure: null,
        waves: [],
        evidence: {
          epoch: 0,
          steps: [],
          stillRunning: 0,
          ranMs: 5,
          queuedMs: 0,
          report: {
            modules: {
              "advanced-automation": {
                before: { version: { decider: "4", runner: "2" } },
                after: { version: { decider: "9", runner: "2" } },
              },
              "intelligent-scheduler": { before: { version: { scheduler: "1" } }, after: null },
            },
          },
        },
      } as unknown as MasterCommandAnswer);
    expect(
      view("succeeded")
        .split("\n")
        .filter((line) => line.includes("moved")),
    ).toEqual(["  moved      advanced-automation: decider 4 → 9"]);
    expect(view("compensated")).not.toContain("moved");
  });
});

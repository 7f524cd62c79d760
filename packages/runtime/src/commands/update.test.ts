import { MemoryTable } from "@qmoi/adapters";
import { LOCAL, QmoiError, type Release, type Releases } from "@qmoi/core";
import type { CommandView } from "@qmoi/master-automation";
import { afterEach, describe, expect, it } from "vitest";
import { endOf, give, type MasterLab, masterLab } from "../../../../test/support/master-lab.ts";

const OLD = { "master-automation": { api: "1", master: "1" }, "advanced-automation": { decider: "4", runner: "5" } };
const NEW = { "master-automation": { api: "2", master: "2" }, "advanced-automation": { decider: "6", runner: "5" } };

/** Functions of a stage. `fails`: rejects in a call for a module. */
class StageReleases implements Releases {
  readonly lasting = true;
  readonly runs: Record<string, Release> = structuredClone(OLD);
  readonly calls: string[] = [];
  fails: (call: string) => Error | undefined = () => undefined;
  /** So often a move of the master says that it is under way. */
  slow = 0;

  async running(module: string): Promise<Release> {
    return this.runs[module] ?? {};
  }

  async newest(module: string): Promise<Release> {
    return NEW[module as keyof typeof NEW] ?? {};
  }

  async move(module: string, release: Release): Promise<"moved" | "moving"> {
    this.#called(`move ${module} ${Object.values(release).join()}`);
    this.runs[module] = release;
    return module === "master-automation" && this.slow-- > 0 ? "moving" : "moved";
  }

  async ask(module: string): Promise<void> {
    this.#called(`ask ${module}`);
  }

  #called(call: string): void {
    this.calls.push(call);
    const error = this.fails(call);
    if (error) throw error;
  }
}

const unwell = (message: string): QmoiError => new QmoiError("QMOI_MODULE_UNHEALTHY", message);

describe("update_system on a stage", () => {
  let lab: MasterLab;
  let releases: StageReleases;
  const update = async (prepare: (releases: StageReleases) => void = () => undefined): Promise<CommandView> => {
    releases = new StageReleases();
    prepare(releases);
    lab = masterLab(new MemoryTable(), [], { releases });
    await lab.start();
    return given();
  };
  const given = async (): Promise<CommandView> => {
    const command = { command: "update_system" } as const;
    const { confirm = "" } = await lab.commands.preview(command, { who: LOCAL });
    return endOf(lab, (await give(lab, { ...command, confirm })).id);
  };
  const failing = async (id: string) =>
    (await lab.commands.verify(id)).checks.filter(({ holds }) => !holds).map(({ check, found }) => `${check}: ${found}`);
  afterEach(async () => {
    lab.close();
    await lab.log.close();
  });

  it("previews what moves from which version to which, wave by wave", async () => {
    await update();
    Object.assign(releases.runs, structuredClone(OLD));
    const { details } = await lab.commands.preview({ command: "update_system" }, { who: LOCAL });
    expect(details).toMatchObject({
      moves: [
        { wave: 1, module: "master-automation", name: "api", from: "1", to: "2" },
        { wave: 1, module: "master-automation", name: "master", from: "1", to: "2" },
        { wave: 2, module: "advanced-automation", name: "decider", from: "4", to: "6" },
      ],
    });
  });

  it("moves wave by wave, asks each before the next, waits for the newer master, and can be verified", async () => {
    const view = await update((stage) => {
      stage.slow = 2;
    });
    expect(view.state).toBe("succeeded");
    expect(releases.calls).toEqual([
      ...Array(3).fill("move master-automation 2,2"),
      "ask master-automation",
      "move advanced-automation 6,5",
      "ask advanced-automation",
    ]);
    expect(view.evidence?.report).toMatchObject({
      modules: {
        "master-automation": { before: { version: OLD["master-automation"] }, after: { version: NEW["master-automation"] } },
        "advanced-automation": { before: { version: OLD["advanced-automation"] }, after: { version: NEW["advanced-automation"] } },
      },
    });
    expect(await failing(view.id)).toEqual([]);
    // A new function, and one that is gone, say nothing against it; one that somebody moved does.
    releases.runs["advanced-automation"] = { decider: "6", completer: "1" };
    expect(await failing(view.id)).toEqual([]);
    releases.runs["advanced-automation"] = { decider: "4", runner: "5" };
    expect(await failing(view.id)).toEqual(["each module runs the versions of the evidence: decider is at 4, not 6"]);
    // A later update answers for what runs now.
    expect((await given()).state).toBe("succeeded");
    expect(await failing(view.id)).toEqual([]);
  });

  it.each([
    ["doesn't work", "move advanced-automation 6,5"],
    ["is found unwell after its wave", "ask advanced-automation"],
  ])("moves everything back, the last wave first, where a version %s", async (_, at) => {
    const view = await update((stage) => {
      stage.fails = (call) => (call === at ? unwell("decider:6 does not work") : undefined);
    });
    expect(view).toMatchObject({ state: "compensated", failure: { Error: "QMOI_MODULE_UNHEALTHY" } });
    expect(view.failure?.Cause).toContain("decider:6 does not work");
    expect(releases.runs).toEqual(OLD);
    expect(releases.calls.slice(-2)).toEqual(["move advanced-automation 4,5", "move master-automation 1,1"]);
    expect(await failing(view.id)).toEqual([]);
    releases.runs["master-automation"] = { api: "2", master: "1" };
    expect(await failing(view.id)).toEqual(["each module runs the versions of the evidence: api is at 2, not 1"]);
  });

  it("is carried on where an answer was lost: a step that runs twice comes to the same", async () => {
    const lost = new Set<string>();
    const view = await update((stage) => {
      stage.fails = (call) => {
        if (lost.has(call)) return undefined;
        lost.add(call);
        return new QmoiError("QMOI_STORE_UNAVAILABLE", "the answer was lost");
      };
    });
    expect(view.state).toBe("succeeded");
    expect(lost.size).toBe(4);
    expect(view.evidence?.report).toMatchObject({
      modules: { "advanced-automation": { before: { version: OLD["advanced-automation"] } } },
    });
    expect(releases.runs).toEqual(NEW);
  });
});

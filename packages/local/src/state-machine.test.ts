import { readFileSync } from "node:fs";
import { StateMachine } from "aws-local-stepfunctions";
import { describe, expect, it } from "vitest";

interface State {
  readonly Type: string;
  readonly ItemProcessor?: { readonly States: States };
  readonly Branches?: readonly { readonly States: States }[];
}
type States = Readonly<Record<string, State>>;
interface StepEvent {
  readonly step: string;
  readonly i?: number;
  readonly module?: { readonly id: string };
  readonly polls?: number;
  readonly outcome?: string;
  readonly failure?: { readonly Error: string };
}
type Answer = { readonly status: string; readonly [key: string]: unknown };

const text = readFileSync(new URL("../../../stacks/state-machines/master-command.asl.json", import.meta.url), "utf8").replaceAll(
  "${MasterFunctionArn}",
  "arn:aws:lambda:local:0:function:master",
);
/** A step that hangs is given up after a second here. */
const definition = JSON.parse(text, (_, value) => (value?.Type === "Task" ? { ...value, TimeoutSeconds: 1 } : value));
const statesOf = (states: States): readonly (readonly [string, string])[] =>
  Object.entries(states).flatMap(([name, { Type, ItemProcessor, Branches = [] }]) => [
    [name, Type] as const,
    ...[...(ItemProcessor ? [ItemProcessor] : []), ...Branches].flatMap((inner) => statesOf(inner.States)),
  ]);
const states = statesOf(definition.States);
const machine = new StateMachine(definition);
const visited = new Set<string>();

const none = { Error: "none", Cause: "none" };
const done = { status: "done", failure: none };
const no = (code: string): Answer => ({ status: "failed", failure: { Error: code, Cause: "because" } });
const PLAN = {
  ...done,
  waves: [[{ id: "a" }], [{ id: "b" }, { id: "c" }], [{ id: "d" }]],
  needsBackup: true,
  poll: { seconds: 1, max: 2 },
};

/** Plays the file with steps that answer as told, or else succeed; what they were asked, and how the execution ended. */
const play = async (answer: (event: StepEvent) => unknown): Promise<{ readonly asked: readonly string[]; readonly end: string }> => {
  const asked: string[] = [];
  const handler = async (event: StepEvent): Promise<unknown> => {
    const { step, i, module, outcome, failure } = event;
    const about = [i, module?.id, outcome, failure && failure.Error !== "none" ? failure.Error : undefined];
    asked.push([step, ...about.filter((one) => one !== undefined)].join(" "));
    return (await answer(event)) ?? (step === "plan" ? PLAN : { ...done, evidence: "c1", announced: true });
  };
  const each = <T>(type: string, value: T): Record<string, T> =>
    Object.fromEntries(states.filter(([, one]) => one === type).map(([name]) => [name, value]));
  const { result, eventLogs } = machine.run(
    { commandId: "c1" },
    {
      overrides: {
        taskResourceLocalHandlers: each("Task", handler as (event: unknown) => Promise<never>),
        waitTimeOverrides: each("Wait", 0),
        retryIntervalOverrides: each("Task", 0),
      },
      context: { Execution: { Id: "e1" } },
    },
  );
  const seen = (async () => {
    for await (const event of eventLogs) {
      const { state } = event as { readonly state?: { readonly name: string } };
      if (state) visited.add(state.name);
    }
  })();
  const end = await result.then(
    () => "succeeded",
    (error: Error) => error.name,
  );
  await seen.catch(() => undefined);
  return { asked, end };
};

const at =
  (step: string, answer: (event: StepEvent) => unknown, module?: string) =>
  (event: StepEvent): unknown =>
    event.step === step && (module === undefined || event.module?.id === module) ? answer(event) : undefined;
const throws = (): never => {
  throw new Error("the store is away");
};
const hangs = (): Promise<never> => new Promise(() => undefined);
const count = (asked: readonly string[], what: string): number => asked.filter((one) => one.startsWith(what)).length;
/** Waves that were undone, in the order of it. */
const undone = (asked: readonly string[]): readonly string[] => [
  ...new Set(asked.flatMap((one) => (one.startsWith("undo") ? [one.split(" ")[1] as string] : []))),
];

describe("an execution", () => {
  it("goes wave by wave, and verifies each", async () => {
    const { asked, end } = await play(() => undefined);
    expect(end).toBe("succeeded");
    const steps = asked.filter((one) => !/^(announce|record)/.test(one));
    expect(steps).toEqual(["plan", "backup", "act 0 a", "verify 0", "act 1 b", "act 1 c", "verify 1", "act 2 d", "verify 2"]);
    expect(asked.filter((one) => /^(announce|record)/.test(one)).sort()).toEqual(["announce", "record succeeded"]);
  });

  it("makes no backup where none is needed", async () => {
    const { asked } = await play(at("plan", () => ({ ...PLAN, needsBackup: false, waves: [] })));
    expect(asked.slice().sort()).toEqual(["announce", "plan", "record succeeded"]);
  });

  // What fails, how; how often the step is asked; what is undone; how it is recorded.
  it.each<[string, (event: StepEvent) => unknown, string, number, readonly string[], string]>([
    [
      "a plan that refuses",
      at("plan", () => ({ ...no("NO"), waves: [], needsBackup: false, poll: PLAN.poll })),
      "plan",
      1,
      [],
      "record refused NO",
    ],
    ["a plan that throws", at("plan", throws), "plan", 3, [], "record refused Error"],
    ["a plan that hangs", at("plan", hangs), "plan", 1, [], "record refused States.Timeout"],
    ["a backup that fails", at("backup", () => no("FULL")), "backup", 1, [], "record refused FULL"],
    ["a backup that throws", at("backup", throws), "backup", 3, [], "record refused Error"],
    ["a backup that hangs", at("backup", hangs), "backup", 1, [], "record refused States.Timeout"],
    [
      "a verification that fails",
      at("verify", ({ i }) => (i === 1 ? no("SICK") : undefined)),
      "verify 1",
      1,
      ["1", "0"],
      "record compensated SICK",
    ],
    [
      "a verification that throws",
      at("verify", ({ i }) => (i === 1 ? throws() : undefined)),
      "verify 1",
      3,
      ["1", "0"],
      "record compensated Error",
    ],
    [
      "a verification that hangs",
      at("verify", ({ i }) => (i === 2 ? hangs() : undefined)),
      "verify 2",
      1,
      ["2", "1", "0"],
      "record compensated States.Timeout",
    ],
  ])("%s", async (_, answer, step, times, waves, record) => {
    const { asked, end } = await play(answer);
    expect(end).not.toBe("succeeded");
    expect([count(asked, step), undone(asked), asked.at(-1)]).toEqual([times, waves, record]);
  });

  /** A module in the middle wave; the verification tells what it is told of it. */
  const verified = (
    event: StepEvent & { readonly results?: readonly { readonly id: string; readonly ok: boolean; readonly error?: string }[] },
  ) => {
    const bad = event.results?.find(({ ok }) => !ok);
    return bad ? no(bad.error ?? "none") : undefined;
  };
  it.each<[string, (event: StepEvent) => unknown, number, string]>([
    ["fails", at("act", () => no("BROKEN"), "b"), 1, "record compensated BROKEN"],
    ["throws", at("act", throws, "b"), 3, "record compensated Error"],
    ["hangs", at("act", hangs, "b"), 1, "record compensated States.Timeout"],
    [
      "is never done",
      ({ step, module }) => (/act|poll/.test(step) && module?.id === "b" ? { ...done, status: "running" } : undefined),
      1,
      "record compensated QmoiModuleLate",
    ],
  ])("a module in the middle of a wave %s: the others end, and every wave is undone, the last first", async (_, answer, times, record) => {
    const { asked, end } = await play((event) => answer(event) ?? (event.step === "verify" ? verified(event as never) : undefined));
    expect(end).not.toBe("succeeded");
    expect([count(asked, "act 1 b"), count(asked, "act 1 c"), count(asked, "act 2 d")]).toEqual([times, 1, 0]);
    expect([undone(asked), asked.at(-1)]).toEqual([["1", "0"], record]);
    expect(count(asked, "undo 1 b") + count(asked, "undo 1 c") + count(asked, "undo 0 a")).toBe(3);
  });

  it.each<[string, (event: StepEvent) => unknown]>([
    ["fails", ({ polls }) => (polls === 1 ? { ...done, status: "running" } : no("BROKEN"))],
    ["throws", throws],
    ["hangs", hangs],
  ])("a module that is asked again %s", async (_, answer) => {
    const { asked } = await play(
      (event) =>
        at("act", () => ({ ...done, status: "running" }), "b")(event) ??
        at("poll", answer, "b")(event) ??
        (event.step === "verify" ? verified(event as never) : undefined),
    );
    expect(count(asked, "poll 1 b")).toBeGreaterThan(0);
    expect([undone(asked), count(asked, "record compensated")]).toEqual([["1", "0"], 1]);
  });

  it.each<[string, (event: StepEvent) => unknown, number]>([
    ["fails", () => no("STUCK"), 1],
    ["throws", throws, 3],
    ["hangs", hangs, 1],
  ])("an undo that %s keeps no other from being undone", async (_, answer, times) => {
    const { asked } = await play(
      (event) => at("verify", ({ i }) => (i === 1 ? no("SICK") : undefined))(event) ?? at("undo", answer, "b")(event),
    );
    expect([count(asked, "undo 1 b"), count(asked, "undo 1 c"), count(asked, "undo 0 a")]).toEqual([times, 1, 1]);
    expect(asked.at(-1)).toBe("record compensated SICK");
  });

  it.each([["throws", throws] as const, ["hangs", hangs] as const])(
    "whose record %s ends, to be taken up again by whoever looks next",
    async (_, answer) => {
      for (const first of ["plan", "verify", "none"]) {
        const { end } = await play((event) => (event.step === first ? no("NO") : event.step === "record" ? answer() : undefined));
        expect(end).not.toBe("succeeded");
      }
    },
  );

  it("is not held up by a word that can't be said", async () => {
    expect((await play(at("announce", throws))).end).toBe("succeeded");
  });

  it("has been through every state of the file", () => {
    expect(states.map(([name]) => name).filter((name) => !visited.has(name))).toEqual([]);
  });
});

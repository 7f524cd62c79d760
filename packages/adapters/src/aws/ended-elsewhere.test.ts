import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completionOf, type EndedContainers, type EndedExecution } from "./ended-elsewhere.ts";
import { tokenOfWork, workNameOf } from "./work-name.ts";

const PREFIX = "qmoi-dev-";
const TOKEN = "r1/0/2/0123abcd";
const NAME = "qmoi-dev-r1-0-2-0123abcd";

describe("the name of work elsewhere", () => {
  const part = fc.stringMatching(/^[0-9a-z]{1,18}$/);
  const token = fc.tuple(part, fc.nat(999_999), fc.nat(99), fc.stringMatching(/^[0-9a-f]{32}$/)).map((parts) => parts.join("/"));

  it("gives the token back, and is a name in Step Functions and ECS", () => {
    fc.assert(
      fc.property(token, (one) => {
        const name = workNameOf(PREFIX, one);
        expect(name).toMatch(/^[0-9A-Za-z-]{1,80}$/);
        expect(tokenOfWork(PREFIX, name)).toBe(one);
      }),
    );
  });

  it.each(["qmoi-prod-r1-0-2-0123abcd", "qmoi-dev-2-r1-0-2-0123abcd", "c01m8m5m4em47a2a6c8", "qmoi-dev-", ""])("is not %s", (name) => {
    expect(tokenOfWork(PREFIX, name)).toBeUndefined();
  });
});

const execution = (detail: Partial<EndedExecution["detail"]>): unknown =>
  completionOf(PREFIX, { "detail-type": "Step Functions Execution Status Change", detail: { name: NAME, status: "SUCCEEDED", ...detail } });

describe("the end of an execution", () => {
  it("brings its output", () => {
    const output = JSON.stringify({ rows: 3 });
    expect(execution({ output, outputDetails: { included: true } })).toEqual({ token: TOKEN, result: { ok: true, output: { rows: 3 } } });
  });

  it.each([
    [
      { status: "FAILED", error: "NoRows", cause: "there are none" },
      { class: "exception", code: "NoRows", message: "there are none" },
    ],
    [
      { status: "FAILED", error: "States.Timeout" },
      { class: "timeout", code: "States.Timeout" },
    ],
    [{ status: "TIMED_OUT" }, { class: "timeout", code: "TIMED_OUT" }],
    [{ status: "ABORTED" }, { class: "exception", code: "ABORTED" }],
    [
      { output: null, outputDetails: { included: false } },
      { class: "invalid", code: "OutputNotIncluded" },
    ],
  ] as const)("of %o is a failure", (detail, failure) => {
    expect(execution(detail)).toMatchObject({ token: TOKEN, result: { ok: false, failure } });
  });

  it("is nobody's where another stage or a person started it", () => {
    expect(execution({ name: "by-hand" })).toBeUndefined();
  });
});

const containers = (detail: Partial<EndedContainers["detail"]>): unknown =>
  completionOf(PREFIX, {
    "detail-type": "ECS Task State Change",
    detail: { startedBy: NAME, containers: [], overrides: { containerOverrides: [{ name: "work" }] }, ...detail },
  });

describe("the end of containers", () => {
  it("is a success when the one that does the work ended with 0, whatever became of those beside it", () => {
    const beside = { name: "proxy", exitCode: 137 };
    const ended = [beside, { name: "work", exitCode: 0 }];
    expect(containers({ containers: ended, stopCode: "EssentialContainerExited" })).toEqual({ token: TOKEN, result: { ok: true } });
  });

  const work = (ended: object) => ({
    containers: [
      { name: "proxy", exitCode: 0 },
      { name: "work", ...ended },
    ],
  });
  it.each([
    [
      { ...work({ exitCode: 3 }), stopCode: "EssentialContainerExited" },
      { class: "exit", code: "exit 3" },
    ],
    [
      { ...work({ exitCode: 0 }), stopCode: "UserInitiated", stoppedReason: "QMOI_TASK_CANCELLED: its run was cancelled" },
      { class: "cancelled", code: "QMOI_TASK_CANCELLED" },
    ],
    [
      { ...work({ exitCode: 143 }), stopCode: "SpotInterruption", stoppedReason: "taken" },
      { class: "lost", message: "taken" },
    ],
    [work({ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" }), { class: "memory" }],
    [
      { ...work({ reason: "CannotPullContainerError: no such image" }), stopCode: "TaskFailedToStart" },
      { class: "unavailable", code: "TaskFailedToStart", message: "CannotPullContainerError: no such image" },
    ],
    [
      { stopCode: "UserInitiated", stoppedReason: "by hand" },
      { class: "unavailable", message: "by hand" },
    ],
  ])("of %o is a failure", (detail, failure) => {
    expect(containers(detail)).toMatchObject({ token: TOKEN, result: { ok: false, failure } });
  });

  it("is nobody's where a service or a person started them", () => {
    expect(containers({ startedBy: "ecs-svc/9223370545345641169" })).toBeUndefined();
    expect(
      completionOf(PREFIX, { "detail-type": "ECS Task State Change", detail: { containers: [], overrides: { containerOverrides: [] } } }),
    ).toBe(undefined);
  });
});

describe("an invocation that failed for good", () => {
  const qmoi = { token: TOKEN, queueUrl: "q", run: "r1", task: "t", attempt: 2, idempotencyKey: "r1/t" };
  const failed = (requestPayload: object, responsePayload?: object): unknown =>
    completionOf(PREFIX, {
      requestContext: { condition: "RetriesExhausted" },
      requestPayload,
      ...(responsePayload ? { responsePayload } : {}),
    });

  it.each([
    [
      { errorType: "TypeError", errorMessage: "no" },
      { class: "exception", code: "TypeError", message: "no" },
    ],
    [{ errorMessage: "2026-01-01 Task timed out after 3.00 seconds" }, { class: "timeout", code: "RetriesExhausted" }],
    [undefined, { class: "exception", code: "RetriesExhausted" }],
  ])("with the answer %o ends its attempt", (answer, failure) => {
    expect(failed({ qmoi }, answer)).toMatchObject({ token: TOKEN, result: { ok: false, failure } });
  });

  it("is nobody's where nobody here invoked it", () => {
    expect(failed({})).toBeUndefined();
  });
});

it("what work tells itself is passed on", () => {
  const told = { token: TOKEN, result: { ok: true as const } };
  expect(completionOf(PREFIX, told)).toBe(told);
});

import type * as client from "@qmoi/client";
import type * as api from "@qmoi/functions/api";
import { expectTypeOf, it } from "vitest";

it("the client's types are what the API's schemas say", () => {
  expectTypeOf<client.Health>().toEqualTypeOf<api.HealthAnswer>();
  expectTypeOf<client.Run>().toEqualTypeOf<api.RunAnswer>();
  expectTypeOf<client.RunDetail>().toEqualTypeOf<api.RunDetailAnswer>();
  expectTypeOf<client.Task>().toEqualTypeOf<api.TaskAnswer>();
  expectTypeOf<client.Attempt>().toEqualTypeOf<api.AttemptAnswer>();
  expectTypeOf<client.Explanation>().toEqualTypeOf<api.ExplanationAnswer>();
  expectTypeOf<client.LogLine>().toEqualTypeOf<api.LogAnswer>();
  expectTypeOf<client.Stats>().toEqualTypeOf<api.StatsAnswer>();
  expectTypeOf<client.WorkflowSummary>().toEqualTypeOf<api.WorkflowAnswer>();
  expectTypeOf<client.Published>().toEqualTypeOf<api.PublishedAnswer>();
  expectTypeOf<client.WorkflowDetail>().toEqualTypeOf<api.DefinitionAnswer>();
  expectTypeOf<client.WorkflowDiff>().toEqualTypeOf<api.DiffAnswer>();
  expectTypeOf<client.Schedule>().toEqualTypeOf<api.ScheduleAnswer>();
  expectTypeOf<client.DeadLetter>().toEqualTypeOf<api.DeadLetterAnswer>();
  expectTypeOf<client.MasterCommandAnswer>().toEqualTypeOf<api.CommandAnswer>();
  expectTypeOf<client.CommandPreview>().toEqualTypeOf<api.PreviewAnswer>();
  expectTypeOf<client.Verification>().toEqualTypeOf<api.VerificationAnswer>();
  expectTypeOf<client.SystemState>().toEqualTypeOf<api.SystemAnswer>();
  expectTypeOf<client.Problem>().toEqualTypeOf<api.Problem>();
});

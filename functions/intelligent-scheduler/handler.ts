import type { ForecastPlane, TrainingReport } from "@qmoi/runtime";
import * as z from "zod";

/** What the module's schedule or a person sends; schedules send more than that. */
const event = z.object({ force: z.boolean().optional().describe("Train although it is not due.") });

export type SchedulerHandler = (event: unknown) => Promise<TrainingReport>;

/** The module intelligent-scheduler: learns from history when that is due, and puts a better forecaster in force. */
export const createSchedulerHandler =
  ({ plane }: { readonly plane: Pick<ForecastPlane, "trainForecasts"> }): SchedulerHandler =>
  (given) => {
    const { data = {} } = event.safeParse(given ?? {});
    return plane.trainForecasts(data.force === undefined ? {} : { force: data.force });
  };

import type { FuzzTarget } from "../fuzz.ts";
import { apiRequests } from "./api.ts";
import { configs } from "./configs.ts";
import { schedules } from "./schedules.ts";
import { workflows } from "./workflows.ts";

export { closeApi } from "./api.ts";

/** Everything that takes input from outside. */
export const targets: readonly FuzzTarget[] = [workflows, ...configs, schedules, apiRequests];

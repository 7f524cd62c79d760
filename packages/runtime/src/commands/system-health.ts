import type { Finding } from "@qmoi/master-automation";
import { judgeHealth } from "@qmoi/master-automation/commands";
import { healthFacts } from "./health-facts.ts";
import type { CommandParts } from "./parts.ts";

/** What a health check finds, its modules' own words apart. */
export const systemHealth = async (parts: CommandParts): Promise<readonly Finding[]> => judgeHealth(await healthFacts(parts));

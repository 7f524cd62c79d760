import type { Route } from "../route.ts";
import { analyticsRoutes } from "./analytics.ts";
import { auditRoutes } from "./audit.ts";
import { backupRoutes } from "./backups.ts";
import { commandRoutes } from "./commands.ts";
import { configRoutes } from "./config.ts";
import { docsRoutes } from "./docs.ts";
import { forecastRoutes } from "./forecasts.ts";
import { keyRoutes } from "./keys.ts";
import { providerRoutes } from "./providers.ts";
import { runRoutes } from "./runs.ts";
import { taskRoutes } from "./tasks.ts";
import { workflowRoutes } from "./workflows.ts";

/** Every route of the API. */
export const ROUTES: readonly Route[] = [
  ...analyticsRoutes,
  ...workflowRoutes,
  ...runRoutes,
  ...taskRoutes,
  ...forecastRoutes,
  ...auditRoutes,
  ...commandRoutes,
  ...configRoutes,
  ...backupRoutes,
  ...keyRoutes,
  ...providerRoutes,
  ...docsRoutes,
];

const matches = (template: string, path: string): boolean => {
  const expected = template.split("/");
  const given = path.replace(/\/$/, "").split("/");
  return expected.length === given.length && expected.every((part, i) => (part.startsWith("{") ? given[i] !== "" : part === given[i]));
};

/** Methods that the routes at `path` take; empty if there is none. */
export const allowedMethods = (path: string): string[] => [
  ...new Set(ROUTES.filter((route) => matches(route.path, path)).map((route) => route.method)),
];

/** Whether a request needs no credentials. */
export const isOpen = (method: string, path: string): boolean =>
  ROUTES.some((route) => !route.role && route.method === method && matches(route.path, path));

/** The part of the API that a route belongs to, to which a key may be held. */
export const scopeOf = (path: string): string => path.split("/")[2] ?? "";

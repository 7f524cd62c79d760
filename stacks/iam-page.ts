import { type Permission, permissionsOf } from "./permissions.ts";
import { reasonOf } from "./reasons.ts";
import { prefixOf, stageOf } from "./stages.ts";
import { templatesOf } from "./templates.ts";

/** The stage whose permissions the page tells; those of others differ in the name only. */
const STAGE = "prod";

interface Row {
  readonly actions: Set<string>;
  readonly on: string;
  readonly who: Set<string>;
  readonly why: string;
}

/** Text of docs/iam.md: each permission of a stage, and what needs it. Throws an Error for a permission without a reason. */
export const iamPage = (): string => {
  const permissions = permissionsOf([...templatesOf(STAGE).values()]);
  const lines = rowsOf(permissions).map(
    ({ actions, on, who, why }) => `| ${listed(actions)} | \`${on}\` | ${listed(who).replaceAll(prefixOf(stageOf(STAGE)), "")} | ${why} |`,
  );
  return [
    "# Permissions",
    "",
    "Written by `npm run generate` from the stacks' templates: each permission that a stage gives, on what, to whom, and what needs it. There are no others, and one without a reason fails the check.",
    "",
    "Who: a function of the stage, without `qmoi-<stage>-`; `statemachine` is the one of commands. With a comma it is a service of AWS, and what of it may come in.",
    "",
    `${permissions.length} permissions of ${new Set(permissions.map(({ who }) => who)).size} holders, in ${lines.length} rows.`,
    "",
    "| permission | on | who | needed for |",
    "| --- | --- | --- | --- |",
    ...lines.map((line) => line.replaceAll(prefixOf(stageOf(STAGE)), "qmoi-<stage>-")).sort(),
    "",
  ].join("\n");
};

/** In one row the permissions that are needed for the same on the same, and everybody who has just these. */
const rowsOf = (permissions: readonly Permission[]): readonly Row[] => {
  const told = permissions.map(({ who, action, on }) => {
    const own = on === `loggroup /aws/lambda/${who}` ? "the function's own log group" : on;
    return { who, action, on: own, why: reasonOf(action, on) };
  });
  const rows = new Map<string, Row>();
  for (const [first, ...others] of Map.groupBy(told, ({ who, on, why }) => `${who}|${on}|${why}`).values()) {
    if (!first) continue;
    const { who, on, why } = first;
    const actions = new Set([first, ...others].map(({ action }) => action));
    const key = `${listed(actions)}|${on}|${why}`;
    const row = rows.get(key) ?? { actions, who: new Set(), on, why };
    rows.set(key, row);
    row.who.add(who);
  }
  return [...rows.values()];
};

const listed = (texts: ReadonlySet<string>): string =>
  [...texts]
    .sort()
    .map((text) => `\`${text}\``)
    .join(", ");

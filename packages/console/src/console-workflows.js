import { get, getAll, post } from "./console-api.js";
import { ask } from "./console-dialog.js";
import { h, notice } from "./console-dom.js";
import { ago, duration, localTime, plural, shortId } from "./console-format.js";
import { tableOf, view } from "./console-page.js";

/** Published workflows with how they do and when they run next. */
export const workflowsView = () =>
  view("Workflows", async () => {
    const [workflows, schedules, stats] = await Promise.all([
      getAll("/v1/workflows"),
      getAll("/v1/schedules", { next: 3 }),
      get("/v1/stats", { by: "workflow", days: 14 }),
    ]);
    if (workflows.length === 0)
      return [notice("No workflows yet. Running a file publishes it:"), h("pre", {}, "npx qmoi run <workflow.json>")];
    const statsOf = new Map(stats.items.map((row) => [row.group, row]));
    return tableOf(
      ["Workflow", "Version", "Tasks", "Succeeded", "p50", "p95", "Next", ""],
      workflows.map((w) => {
        const row = statsOf.get(w.name);
        return h(
          "tr",
          {},
          h("td", {}, h("strong", {}, w.name), w.description ? h("div", { class: "muted" }, w.description) : undefined),
          h("td", { title: `published ${localTime(w.publishedAt)}` }, `${w.number} `, h("code", {}, w.version.slice(0, 8))),
          h("td", { class: "number" }, w.tasks.toLocaleString()),
          h("td", { class: "number" }, row ? `${(row.successRate * 100).toFixed(1)}%` : ""),
          h("td", { class: "number" }, row ? duration(row.p50 * 1000) : ""),
          h("td", { class: "number" }, row ? duration(row.p95 * 1000) : ""),
          h("td", {}, schedules.filter(({ workflow }) => workflow === w.name).map(nextTimes)),
          h("td", {}, h("button", { type: "button", "data-key": `start ${w.name}`, onclick: () => start(w.name) }, "Run")),
        );
      }),
    );
  });

const nextTimes = (schedule) =>
  h(
    "div",
    { title: `${schedule.expression} ${schedule.timezone}` },
    schedule.enabled
      ? schedule.next[0]
        ? [localTime(schedule.next[0]), h("small", {}, ` ${ago(schedule.next[0])}`)]
        : "never again"
      : h("span", { class: "muted" }, "off"),
    schedule.last?.decision === "skipped" ? h("div", { class: "muted" }, `last skipped: ${schedule.last.reason}`) : undefined,
  );

const start = (workflow) =>
  ask({
    title: `Run ${workflow}?`,
    says: "It starts at once with these inputs.",
    confirm: "Run",
    fields: [
      { name: "inputs", label: "Inputs (JSON)", rows: 5, value: "{}" },
      { name: "reason", label: "Reason (for the record)" },
    ],
    act: async ({ inputs, reason }) => {
      const { run } = await post("/v1/runs", { workflow, inputs: JSON.parse(inputs || "{}"), ...(reason ? { reason } : {}) });
      location.hash = `#/runs/${encodeURIComponent(run)}`;
    },
  });

/** Tasks that failed for good. */
export const deadLettersView = () =>
  view("Dead letters", async () => {
    const { items, next } = await get("/v1/dead-letters", { limit: 200 });
    if (items.length === 0) return notice("No task has failed for good.");
    const rows = items.map((d) =>
      h(
        "tr",
        {},
        h("td", { title: localTime(d.at) }, ago(d.at)),
        h("td", {}, h("strong", {}, d.workflow)),
        h(
          "td",
          {},
          h(
            "a",
            { href: `#/runs/${encodeURIComponent(d.run)}/tasks/${encodeURIComponent(d.task)}`, "data-key": `dead ${d.run} ${d.task}` },
            d.task,
          ),
          h("small", {}, ` ${shortId(d.run)}`),
        ),
        h("td", { class: "number" }, plural(d.attempt, "attempt")),
        h("td", {}, h("strong", {}, d.failure.code), ` ${d.failure.message.slice(0, 300)}`),
      ),
    );
    return [
      tableOf(["When", "Workflow", "Task", "Tried", "Cause"], rows),
      next ? notice("There are more: qmoi dead-letters --limit") : undefined,
    ];
  });

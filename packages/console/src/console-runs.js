import { get, runPath } from "./console-api.js";
import { failure, h, notice, pill, replace, s } from "./console-dom.js";
import { ending } from "./console-forecast.js";
import { ago, between, isOver, localTime, plural, shortId } from "./console-format.js";

const STATES = ["", "running", "paused", "succeeded", "failed", "cancelled"];
const PAGE = 50;
const DAYS = 14;
/** Running runs whose tasks are counted in the list. */
const COUNTED = 20;

/** How the tasks of a run stand, as one bar. */
export const progress = (tasks, total) => {
  const order = ["succeeded", "failed", "skipped", "cancelled", "held", "running", "waiting", "ready", "pending"];
  let x = 0;
  const parts = order.flatMap((state) => {
    const width = total === 0 ? 0 : ((tasks[state] ?? 0) / total) * 100;
    const part = width > 0 ? [s("rect", { x, y: 0, width, height: 10, class: `bar state-${state}` })] : [];
    x += width;
    return part;
  });
  const text = order.flatMap((state) => (tasks[state] ? [`${tasks[state]} ${state}`] : [])).join(", ");
  return s(
    "svg",
    { class: "progress", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": text },
    s("title", {}, text),
    parts,
  );
};

/** All runs, newest first, with the last days above. */
export const runsView = () => {
  const list = h("div", {}, notice("Loading…"));
  const days = h("section", { class: "days", "aria-label": "The last days" });
  let state = "";
  let workflow = "";
  let limit = PAGE;
  let asked = 0;
  let timer;

  const filter = h(
    "div",
    { class: "filters", role: "group", "aria-label": "Filter" },
    STATES.map((value) =>
      h(
        "button",
        { type: "button", class: "chip", "aria-pressed": value === "", onclick: (event) => choose(event.currentTarget, value) },
        value || "all",
      ),
    ),
    h("input", {
      type: "search",
      placeholder: "workflow",
      "aria-label": "Workflow",
      onchange: (event) => search(event.currentTarget.value),
    }),
  );
  const choose = (button, value) => {
    for (const other of filter.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    state = value;
    limit = PAGE;
    void refresh();
  };
  const search = (value) => {
    workflow = value.trim();
    void refresh();
  };

  const refresh = async () => {
    const mine = ++asked;
    try {
      const [{ items, next }, stats] = await Promise.all([
        get("/v1/runs", { limit, state, workflow }),
        get("/v1/stats", { by: "day", days: DAYS, workflow }),
      ]);
      const active = items.filter((run) => !isOver(run.state)).slice(0, COUNTED);
      const counts = new Map(await Promise.all(active.map(async ({ run }) => [run, (await get(runPath(run))).tasks])));
      if (mine !== asked) return;
      replace(days, dayChart(stats.items));
      replace(list, items.length === 0 ? empty(state || workflow) : runTable(items, counts), next ? more() : undefined);
    } catch (error) {
      if (mine === asked) replace(list, failure(error));
    }
  };
  const more = () =>
    h(
      "button",
      {
        type: "button",
        "data-key": "more",
        onclick: () => {
          limit = Math.min(1000, limit + PAGE);
          void refresh();
        },
      },
      "Show more",
    );

  return {
    title: "Runs",
    element: h("div", {}, h("h1", {}, "Runs"), days, filter, list),
    refresh,
    changed: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void refresh();
      }, 300);
    },
    end: () => {
      clearTimeout(timer);
      asked++;
    },
  };
};

const empty = (filtered) =>
  filtered
    ? notice("No run matches.")
    : h("div", { class: "notice" }, h("p", {}, "No runs yet. Start one in a terminal:"), h("pre", {}, "npx qmoi run <workflow.json>"));

const runTable = (items, counts) =>
  h(
    "div",
    { class: "scroll", "data-scroll": "runs" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["State", "Workflow", "Run", "Started", "Took", "Ends", "Tasks"].map((title) => h("th", { scope: "col" }, title)),
        ),
      ),
      h(
        "tbody",
        {},
        items.map((run) =>
          h(
            "tr",
            {},
            h("td", {}, pill(run.state)),
            h(
              "td",
              {},
              h("a", { class: "quiet", href: `#/runs/${encodeURIComponent(run.run)}`, "data-key": `workflow ${run.run}` }, run.workflow),
              run.schedule ? h("small", {}, ` ${run.schedule}`) : undefined,
            ),
            h(
              "td",
              {},
              h("a", { href: `#/runs/${encodeURIComponent(run.run)}`, "data-key": `run ${run.run}` }, h("code", {}, shortId(run.run))),
            ),
            h("td", { class: "number", title: localTime(run.startedAt) }, ago(run.startedAt)),
            h("td", { class: "number" }, between(run.startedAt, run.endedAt)),
            h("td", {}, run.forecast ? ending(run.forecast) : ""),
            h("td", {}, counts.has(run.run) ? progress(counts.get(run.run), run.total) : plural(run.total, "task")),
          ),
        ),
      ),
    ),
  );

/** Attempts a day: what succeeded above what failed. */
const dayChart = (rows) => {
  const byDay = new Map(rows.map((row) => [row.day ?? row.group, row]));
  const today = new Date();
  const days = Array.from({ length: DAYS }, (_, i) => new Date(today.getTime() - (DAYS - 1 - i) * 86_400_000).toISOString().slice(0, 10));
  const most = Math.max(1, ...days.map((day) => byDay.get(day)?.attempts ?? 0));
  const height = 56;
  const bars = days.map((day, i) => {
    const { succeeded = 0, failed = 0, attempts = 0 } = byDay.get(day) ?? {};
    const good = (succeeded / most) * height;
    const bad = (failed / most) * height;
    return s(
      "g",
      { transform: `translate(${i * 22} 0)` },
      s("title", {}, `${day}: ${plural(attempts, "attempt")}, ${failed} failed`),
      s("rect", { x: 2, y: 0, width: 18, height, class: "track", rx: 3 }),
      s("rect", { x: 2, y: height - good - bad, width: 18, height: good, class: "bar state-succeeded", rx: 3 }),
      s("rect", { x: 2, y: height - bad, width: 18, height: bad, class: "bar state-failed", rx: 3 }),
    );
  });
  const sum = (name) => days.reduce((total, day) => total + (byDay.get(day)?.[name] ?? 0), 0);
  const attempts = sum("attempts");
  const now = byDay.get(days.at(-1));
  const tile = (value, label) => h("div", { class: "tile" }, h("strong", {}, value), h("span", {}, label));
  return [
    tile((now?.attempts ?? 0).toLocaleString(), "attempts today"),
    tile(attempts === 0 ? "–" : `${((sum("succeeded") / attempts) * 100).toFixed(1)}%`, `succeeded in ${DAYS} days`),
    tile(sum("failed").toLocaleString(), `failed in ${DAYS} days`),
    h(
      "figure",
      {},
      s(
        "svg",
        {
          viewBox: `0 0 ${DAYS * 22} ${height}`,
          width: DAYS * 22,
          height,
          role: "img",
          "aria-label": `Attempts in each of the last ${DAYS} days`,
        },
        bars,
      ),
      h("figcaption", {}, `attempts a day, ${DAYS} days (UTC)`),
    ),
  ];
};

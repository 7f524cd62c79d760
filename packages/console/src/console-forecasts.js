import { get, getAll } from "./console-api.js";
import { h, notice } from "./console-dom.js";
import { ending, expectation, intervalScale } from "./console-forecast.js";
import { ago, duration, localTime, percent, plural, shortId, shortName } from "./console-format.js";
import { tableOf, view } from "./console-page.js";

/** What is known of run times, in which order waiting work starts, and what would finish it earlier. */
export const forecastsView = () =>
  view("Forecasts", async () => {
    const [forecaster, order, advice] = await Promise.all([
      get("/v1/forecast"),
      get("/v1/forecast/order"),
      get("/v1/forecast/recommendations"),
    ]);
    const types = forecaster.model ? await getAll("/v1/forecast/types") : [];
    return [
      summary(forecaster, order),
      h("section", {}, h("h2", {}, "Recommendations"), recommendations(advice)),
      h(
        "section",
        {},
        h("h2", {}, "Order of waiting work"),
        h("p", {}, order.says),
        order.pools.length === 0 ? notice("Nothing waits.") : order.pools.map(pool),
      ),
      h("section", {}, h("h2", {}, "Run times by type"), types.length === 0 ? unlearned() : typeTable(types)),
    ];
  });

const unlearned = () =>
  h("div", { class: "notice" }, h("p", {}, "Nothing was learned yet. Let some runs end, then:"), h("pre", {}, "npx qmoi forecast train"));

const tile = (value, label, title) => h("div", { class: "tile", title }, h("strong", {}, value), h("span", {}, label));

const summary = ({ model, coverage, types, due }, { standing }) =>
  h(
    "section",
    { class: "days", "aria-label": "In force" },
    model
      ? [
          tile(
            `#${model.number}`,
            `trained ${ago(model.trainedAt)}`,
            `${localTime(model.trainedAt)}, ${model.engine}${due ? `; due: ${due}` : ""}`,
          ),
          tile(model.records.toLocaleString(), `tasks learned from, of ${plural(types, "type")}`),
          tile(coverage === null ? "–" : percent(coverage), "since inside the 90% interval"),
          tile(model.score.mdape === null ? "–" : percent(model.score.mdape), "typically off by, on held-back runs"),
        ]
      : undefined,
    tile(
      standing.pairs === 0 ? "–" : percent(standing.accuracy),
      `of ${plural(standing.pairs, "pair")} of runs in the right order of size`,
    ),
  );

const recommendations = ({ recommendations: items, history }) =>
  items.length === 0
    ? notice(`Nothing to recommend, by ${plural(history.runs, "run")} of the last week.`)
    : h("ul", { class: "reasons" }, items.map(recommendation));

const recommendation = ({ says, setting, evidence }) =>
  h(
    "li",
    {},
    says,
    evidence.kind === "simulation"
      ? h("small", {}, ` mean ${change(evidence, "mean")}, 95% below ${change(evidence, "p95")}`)
      : evidence.kind === "history"
        ? h("small", {}, ` from ${plural(evidence.observations, "observation")}`)
        : undefined,
    setting ? h("pre", {}, `qmoi config set ${setting.document}.${setting.path} ${setting.value}`) : undefined,
  );
const change = ({ before, after }, name) => `${duration(1000 * before[name])} → ${duration(1000 * after[name])}`;

const pool = ({ pool: name, slots, waiting, runs }) =>
  h(
    "section",
    {},
    h("h3", {}, `${name}: ${plural(waiting, "run")} for ${plural(slots, "slot")}`),
    tableOf(
      ["", "Workflow", "Run", "Next", "Score", "Because of", "Ends"],
      runs.map(({ run, workflow, task, score, formula, parts, forecast }, place) =>
        h(
          "tr",
          {},
          h("td", { class: "number" }, place + 1),
          h("td", {}, workflow),
          h("td", {}, h("a", { href: `#/runs/${encodeURIComponent(run)}`, "data-key": `run ${name} ${run}` }, h("code", {}, shortId(run)))),
          h("td", { title: task }, shortName(task, 32)),
          h("td", { class: "number", title: formula }, score === 0 ? "" : score.toPrecision(4)),
          h(
            "td",
            {},
            parts.map((part) => h("small", { class: "part" }, `${part.name} ${part.value.toPrecision(4)}: ${part.says}`)),
          ),
          h("td", {}, forecast ? ending(forecast) : ""),
        ),
      ),
    ),
  );

const typeTable = (types) => {
  const interval = intervalScale(types.map(({ seconds }) => seconds));
  return tableOf(
    ["Type", "Expected", "", "Seen", "Inside", "By", "State"],
    types.map(({ type, seconds, recent, observations, coverage }) =>
      h(
        "tr",
        {},
        h("td", {}, type),
        h("td", {}, expectation(seconds)),
        h("td", {}, interval(seconds, recent)),
        h("td", { class: "number" }, observations.toLocaleString()),
        h("td", { class: "number" }, coverage === null ? "" : percent(coverage)),
        h("td", { class: "muted" }, seconds.method),
        h("td", { class: seconds.state === "steady" ? "muted" : "late" }, seconds.state),
      ),
    ),
  );
};

import { get, getAll, post, runPath } from "./console-api.js";
import { ask } from "./console-dialog.js";
import { failure, h, notice, pill, replace } from "./console-dom.js";
import { ending } from "./console-forecast.js";
import { between, isOver, localTime, plural, shortId } from "./console-format.js";
import { graph } from "./console-graph.js";
import { progress } from "./console-runs.js";
import { taskPanel } from "./console-task.js";
import { timeline } from "./console-timeline.js";

const TASKS = 5000;
const TABS = ["timeline", "graph", "tasks"];

/** One run: how it stands, its tasks over time, as a graph and as a list, and what is to know of one of them. */
export const runView = (id, selectedTask) => {
  const head = h("div", {}, notice("Loading…"));
  const body = h("div", { class: "tab", role: "tabpanel", "aria-labelledby": "tab-timeline" });
  const side = h("aside", { class: "side", "aria-label": "Task" });
  let tab = "timeline";
  let selected = selectedTask;
  let run;
  let tasks = [];
  let panel;
  let timer;
  let asked = 0;

  const tabs = h(
    "div",
    { class: "tabs", role: "tablist", "aria-label": "Show tasks as", onkeydown: (event) => moveTab(event) },
    TABS.map((name) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${name}`,
          "aria-selected": name === tab,
          tabindex: name === tab ? 0 : -1,
          onclick: () => openTab(name),
        },
        name,
      ),
    ),
  );
  const openTab = (name) => {
    tab = name;
    for (const button of tabs.children) {
      button.setAttribute("aria-selected", String(button.id === `tab-${name}`));
      button.tabIndex = button.id === `tab-${name}` ? 0 : -1;
    }
    body.setAttribute("aria-labelledby", `tab-${name}`);
    draw();
  };
  const moveTab = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    openTab(TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]);
    document.getElementById(`tab-${tab}`)?.focus();
  };

  const select = (task) => {
    location.hash = `#/runs/${encodeURIComponent(id)}${task === undefined ? "" : `/tasks/${encodeURIComponent(task)}`}`;
  };
  const moved = (path) => {
    const match = /^\/runs\/([^/]+)(?:\/tasks\/(.+))?$/.exec(path);
    if (!match || decodeURIComponent(match[1]) !== id) return false;
    selected = match[2] && decodeURIComponent(match[2]);
    openPanel();
    draw();
    return true;
  };
  const openPanel = () => {
    panel?.end();
    panel = selected === undefined ? undefined : taskPanel(id, selected, () => select(undefined), refresh);
    replace(side, panel?.element);
    side.hidden = panel === undefined;
    void panel?.refresh();
  };

  const refresh = async () => {
    const mine = ++asked;
    try {
      const [detail, list] = await Promise.all([get(runPath(id)), getAll(runPath(id, "tasks"), {}, TASKS)]);
      if (mine !== asked) return;
      run = detail;
      tasks = list;
      replace(head, header(run, refresh));
      draw();
      void panel?.refresh();
    } catch (error) {
      if (mine === asked) replace(head, failure(error));
    }
  };

  const draw = () => {
    if (!run) return;
    const options = { width: Math.max(480, body.clientWidth - 26), now: Date.now(), selected, onSelect: select };
    const content = {
      timeline: () => timeline(tasks, options) ?? notice("No task has started yet."),
      graph: () => graph(tasks, options),
      tasks: () => taskTable(tasks, select),
    }[tab];
    replace(body, h("div", { class: "scroll", "data-scroll": tab }, content()));
  };

  openPanel();
  const resized = () => tab === "timeline" && draw();
  addEventListener("resize", resized);
  // Running bars grow, though nothing happened that anyone would tell.
  const clock = setInterval(() => {
    if (!run || isOver(run.state) || document.visibilityState !== "visible") return;
    replace(head, header(run, refresh));
    draw();
  }, 1000);
  return {
    title: `Run ${shortId(id)}`,
    element: h(
      "div",
      {},
      h("p", { class: "crumbs" }, h("a", { href: "#/runs" }, "Runs"), " / ", h("code", {}, shortId(id))),
      head,
      tabs,
      h("div", { class: "split" }, body, side),
    ),
    refresh,
    moved,
    changed: (changed) => {
      if (changed !== id) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void refresh();
      }, 200);
    },
    end: () => {
      asked++;
      clearTimeout(timer);
      clearInterval(clock);
      removeEventListener("resize", resized);
      panel?.end();
    },
  };
};

const header = (run, refresh) => {
  const fact = (label, ...value) => h("div", {}, h("dt", {}, label), h("dd", {}, value));
  return h(
    "header",
    { class: "run" },
    h("div", { class: "title" }, h("h1", {}, run.workflow), pill(run.state), h("div", { class: "actions" }, actions(run, refresh))),
    progress(run.tasks, run.total),
    h(
      "dl",
      { class: "facts" },
      fact("Run", h("code", {}, run.run)),
      fact("Tasks", plural(run.total, "task")),
      fact("Started", localTime(run.startedAt)),
      fact("Took", between(run.startedAt, run.endedAt)),
      run.forecast ? fact("Ends", ending(run.forecast)) : undefined,
      run.forecast?.late ? fact("Deadline", h("span", { class: "late" }, run.forecast.says)) : undefined,
      fact("Version", h("code", {}, run.version.slice(0, 12))),
      fact("Priority", run.priority),
      run.schedule ? fact("Schedule", run.schedule, run.nominal ? ` for ${localTime(run.nominal)}` : "") : undefined,
      run.reason ? fact("Reason", run.reason) : undefined,
      Object.keys(run.inputs ?? {}).length > 0 ? fact("Inputs", h("code", {}, JSON.stringify(run.inputs))) : undefined,
    ),
  );
};

const ACTIONS = {
  pause: { label: "Pause", says: "Nothing new begins; what runs may finish." },
  resume: { label: "Resume", says: "The run goes on." },
  cancel: { label: "Cancel", says: "Nothing new begins, and what runs is aborted.", danger: true },
  redrive: { label: "Redrive", says: "What failed, was skipped for it, or was cancelled runs again; what succeeded stays." },
};

const actionsOf = {
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  cancelling: [],
  succeeded: [],
  failed: ["redrive"],
  cancelled: ["redrive"],
};

const actions = (run, refresh) =>
  (actionsOf[run.state] ?? []).map((name) => {
    const { label, says, danger } = ACTIONS[name];
    const act = async (values) => {
      await post(runPath(run.run, name), values.reason ? { reason: values.reason } : {});
      void refresh();
    };
    return h(
      "button",
      {
        type: "button",
        class: danger ? "danger" : "",
        "data-key": `act ${name}`,
        onclick: () =>
          ask({
            title: `${label} run ${shortId(run.run)}?`,
            says,
            confirm: label,
            danger,
            fields: [{ name: "reason", label: "Reason (for the record)" }],
            act,
          }),
      },
      label,
    );
  });

const taskTable = (tasks, select) =>
  h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["State", "Task", "Attempt", "Waited", "Ran", "Pool", "Needs"].map((title) => h("th", { scope: "col" }, title)),
      ),
    ),
    h(
      "tbody",
      {},
      tasks.map((task) =>
        h(
          "tr",
          {},
          h("td", {}, pill(task.state)),
          h(
            "td",
            {},
            h("button", { type: "button", class: "link", "data-key": `task ${task.name}`, onclick: () => select(task.name) }, task.name),
          ),
          h("td", { class: "number" }, task.attempt || ""),
          h("td", { class: "number" }, task.startedAt && task.readyAt ? between(task.readyAt, task.startedAt) : ""),
          h("td", { class: "number" }, between(task.startedAt, task.endedAt)),
          h("td", {}, task.slots === 1 ? task.pool : `${task.pool} ×${task.slots}`),
          h("td", { class: "muted" }, task.needs.slice(0, 6).join(", "), task.needs.length > 6 ? ` and ${task.needs.length - 6} more` : ""),
        ),
      ),
    ),
  );

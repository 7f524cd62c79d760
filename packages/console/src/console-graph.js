import { s } from "./console-dom.js";
import { shortName } from "./console-format.js";

const WIDTH = 180;
const HEIGHT = 36;
const GAP_X = 56;
const GAP_Y = 14;
const DOT = 14;
/** Above so many tasks, dots in columns say more than boxes and lines. */
const BOXES = 150;

/** Column of each task: one behind the last of those that it needs. */
const layersOf = (tasks) => {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const level = new Map();
  // Needs come before who needs them, whatever the order of the list, and without recursion however deep the graph is.
  const stack = [];
  for (const { name } of tasks) {
    stack.push(name);
    while (stack.length > 0) {
      const top = stack.at(-1);
      const open = (byName.get(top)?.needs ?? []).filter((need) => byName.has(need) && !level.has(need));
      if (!level.has(top) && open.length > 0 && stack.length <= tasks.length) {
        stack.push(...open);
        continue;
      }
      stack.pop();
      const needs = (byName.get(top)?.needs ?? []).filter((need) => byName.has(need));
      if (!level.has(top)) level.set(top, needs.length === 0 ? 0 : 1 + Math.max(...needs.map((need) => level.get(need) ?? 0)));
    }
  }
  const layers = [];
  for (const task of tasks) {
    const at = level.get(task.name) ?? 0;
    layers[at] ??= [];
    layers[at].push(task);
  }
  return layers.map((layer) => layer ?? []);
};

/** Puts each task near the middle of those that it needs, so that few lines cross. */
const ordered = (layers) => {
  const place = new Map();
  for (const layer of layers) {
    const middle = (task) => {
      const places = task.needs.flatMap((need) => place.get(need) ?? []);
      return places.length === 0 ? undefined : places.reduce((sum, p) => sum + p, 0) / places.length;
    };
    const weight = new Map(layer.map((task, i) => [task, middle(task) ?? i / Math.max(1, layer.length)]));
    layer.sort((a, b) => weight.get(a) - weight.get(b));
    for (const [i, task] of layer.entries()) place.set(task.name, (i + 0.5) / layer.length);
  }
  return layers;
};

/** Instances of a forEach go into the task that they belong to, with their number. */
const collapsed = (tasks) => {
  const names = new Set(tasks.map(({ name }) => name));
  const instances = new Map();
  const shown = tasks.filter(({ name }) => {
    const base = name.replace(/\[\d+\]$/, "");
    if (base === name || !names.has(base)) return true;
    instances.set(base, (instances.get(base) ?? 0) + 1);
    return false;
  });
  return shown.map((task) => (instances.has(task.name) ? { ...task, instances: instances.get(task.name) } : task));
};

/** The run's tasks from left to right in the order of their needs. */
export const graph = (all, options) => {
  if (all.length === 0) return undefined;
  const tasks = collapsed(all);
  const layers = ordered(layersOf(tasks));
  return tasks.length > BOXES ? dots(layers, options) : boxes(layers, options);
};

const interactive = (task, { selected, onSelect }, extra) => ({
  class: `node state-${task.state}${selected === task.name ? " selected" : ""}`,
  tabindex: 0,
  role: "button",
  "aria-label": `${task.name}: ${task.state}`,
  "data-key": `node ${task.name}`,
  onclick: () => onSelect(task.name),
  onkeydown: (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onSelect(task.name);
  },
  ...extra,
});

const boxes = (layers, options) => {
  const rows = Math.max(...layers.map((layer) => layer.length));
  const height = rows * (HEIGHT + GAP_Y) + GAP_Y;
  const width = layers.length * (WIDTH + GAP_X) - GAP_X + 4;
  const at = new Map();
  for (const [column, layer] of layers.entries()) {
    const top = (height - (layer.length * (HEIGHT + GAP_Y) - GAP_Y)) / 2;
    for (const [i, task] of layer.entries()) at.set(task.name, { x: 2 + column * (WIDTH + GAP_X), y: top + i * (HEIGHT + GAP_Y) });
  }
  const edges = layers
    .flat()
    .flatMap((task) =>
      task.needs.flatMap((need) =>
        at.has(need) ? edge(at.get(need), at.get(task.name), task.name === options.selected || need === options.selected) : [],
      ),
    );
  const nodes = layers.flat().map((task) => {
    const { x, y } = at.get(task.name);
    return s(
      "g",
      interactive(task, options, { transform: `translate(${x} ${y})` }),
      s("title", {}, `${task.name}: ${task.state}`),
      s("rect", { width: WIDTH, height: HEIGHT, rx: 8, class: "box" }),
      s("rect", { width: 5, height: HEIGHT - 12, x: 7, y: 6, rx: 2.5, class: "bar" }),
      // An inner svg cuts what is too wide.
      s(
        "svg",
        { x: 20, width: WIDTH - 26, height: HEIGHT },
        s(
          "text",
          { y: HEIGHT / 2 + 4.5 },
          shortName(task.name, task.instances ? 15 : 20),
          task.instances ? s("tspan", { class: "muted" }, ` ×${task.instances}`) : undefined,
        ),
      ),
    );
  });
  return s(
    "svg",
    { class: "graph", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Graph of the run's tasks" },
    edges,
    nodes,
  );
};

const edge = (from, to, marked) => {
  const x1 = from.x + WIDTH;
  const y1 = from.y + HEIGHT / 2;
  const y2 = to.y + HEIGHT / 2;
  const bend = Math.max(24, (to.x - x1) / 2);
  return s("path", { class: marked ? "edge marked" : "edge", d: `M${x1} ${y1}C${x1 + bend} ${y1} ${to.x - bend} ${y2} ${to.x} ${y2}` });
};

/** One column a layer, wrapped where it is long. */
const dots = (layers, options) => {
  const tall = 30;
  let x = 0;
  const nodes = [];
  for (const layer of layers) {
    for (const [i, task] of layer.entries()) {
      const cx = x + Math.floor(i / tall) * DOT + DOT / 2;
      const cy = (i % tall) * DOT + DOT / 2 + 2;
      nodes.push(
        s(
          "g",
          interactive(task, options, {}),
          s("title", {}, `${task.name}: ${task.state}`),
          s("circle", { cx, cy, r: DOT / 2 - 2, class: "bar" }),
        ),
      );
    }
    x += Math.ceil(layer.length / tall) * DOT + DOT;
  }
  const height = Math.min(tall, Math.max(...layers.map((layer) => layer.length))) * DOT + 6;
  return s(
    "svg",
    {
      class: "graph dots",
      width: x,
      height,
      viewBox: `0 0 ${x} ${height}`,
      role: "group",
      "aria-label": "The run's tasks, from left to right in the order of their needs",
    },
    nodes,
  );
};

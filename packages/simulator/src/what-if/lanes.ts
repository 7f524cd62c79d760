import type { Span } from "./figures.ts";

/** A task in its place: the pool's slots that it holds, numbered from 0. */
export interface Placed extends Span {
  readonly lanes: readonly number[];
}

/** Gives each task of one pool slots that are free from its start to its end, the lowest first. Linear in tasks times slots. */
export const placeInLanes = (spans: readonly Span[]): readonly Placed[] => {
  const freeAt: number[] = [];
  return [...spans]
    .sort((a, b) => a.startedAt - b.startedAt || a.endedAt - b.endedAt)
    .map((span) => {
      const lanes: number[] = [];
      for (let lane = 0; lanes.length < span.task.slots; lane++)
        if ((freeAt[lane] ?? Number.NEGATIVE_INFINITY) <= span.startedAt) lanes.push(lane);
      for (const lane of lanes) freeAt[lane] = span.endedAt;
      return { ...span, lanes };
    });
};

import type { Ranked } from "@qmoi/intelligent-scheduler";

/** How many times as long as others of its `forEach` each instance of a run is predicted to take. Lists whose instances nothing tells apart take no room. */
export class InstanceFactors implements NonNullable<Ranked["instances"]> {
  /** By the number of their first instance. */
  readonly #lists: { readonly offset: number; readonly factors: Float64Array }[] = [];

  /** A list whose instances have the numbers from `offset` on. */
  add(offset: number, factors: Float64Array): void {
    if (factors.some((factor) => factor !== 1)) this.#lists.push({ offset, factors });
  }

  get any(): boolean {
    return this.#lists.length > 0;
  }

  /** The number of the first instance of a task's list; its own for every other task. */
  readonly list = (task: number): number => this.#of(task)?.offset ?? task;

  readonly factor = (task: number): number => {
    const found = this.#of(task);
    return found ? (found.factors[task - found.offset] as number) : 1;
  };

  #of(task: number): { readonly offset: number; readonly factors: Float64Array } | undefined {
    return this.#lists.find(({ offset, factors }) => task >= offset && task < offset + factors.length);
  }
}

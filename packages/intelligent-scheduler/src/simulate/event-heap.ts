/** Ends of running tasks by time, in the order of their starts where times are equal. */
export class EventHeap {
  #times = new Float64Array(64);
  #ids = new Int32Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the next end; infinite when nothing runs. */
  get next(): number {
    return this.#size > 0 ? (this.#times[0] as number) : Number.POSITIVE_INFINITY;
  }

  /** `id` grows from one push to the next. */
  push(time: number, id: number): void {
    if (this.#size === this.#times.length) this.#grow();
    const [times, ids] = [this.#times, this.#ids];
    let at = this.#size++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = times[above] as number;
      if (other < time || (other === time && (ids[above] as number) < id)) break;
      times[at] = other;
      ids[at] = ids[above] as number;
      at = above;
    }
    times[at] = time;
    ids[at] = id;
  }

  /** The id of the next end, which goes. */
  pop(): number {
    const [times, ids] = [this.#times, this.#ids];
    const first = ids[0] as number;
    const size = --this.#size;
    const [time, id] = [times[size] as number, ids[size] as number];
    let at = 0;
    for (let below = 1; below < size; below = 2 * at + 1) {
      if (below + 1 < size && this.#before(below + 1, times[below] as number, ids[below] as number)) below++;
      if (!this.#before(below, time, id)) break;
      times[at] = times[below] as number;
      ids[at] = ids[below] as number;
      at = below;
    }
    times[at] = time;
    ids[at] = id;
    return first;
  }

  #before(at: number, time: number, id: number): boolean {
    const other = this.#times[at] as number;
    return other < time || (other === time && (this.#ids[at] as number) < id);
  }

  #grow(): void {
    const [times, ids] = [new Float64Array(2 * this.#times.length), new Int32Array(2 * this.#ids.length)];
    times.set(this.#times);
    ids.set(this.#ids);
    this.#times = times;
    this.#ids = ids;
  }
}

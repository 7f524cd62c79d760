/** Work under way that somebody may have to wait for: counted, since a set of it costs more than the work of a task. */
export class Pending {
  #size = 0;
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#size;
  }

  /** A rejection is whoever else's who looks at the work. */
  add(work: Promise<unknown>): void {
    this.#size++;
    work.then(this.#ended, this.#ended);
  }

  /** Resolves when nothing is under way, what was added meanwhile included. */
  async settled(): Promise<void> {
    while (this.#size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  readonly #ended = (): void => {
    if (--this.#size > 0 || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}

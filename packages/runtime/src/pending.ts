/** Work under way that somebody may have to wait for. What is added must not reject. */
export class Pending {
  readonly #all = new Set<Promise<unknown>>();

  get size(): number {
    return this.#all.size;
  }

  add(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.#all.delete(tracked));
    this.#all.add(tracked);
  }

  /** Resolves when nothing is under way, what was added meanwhile included. */
  async settled(): Promise<void> {
    while (this.#all.size > 0) await Promise.allSettled([...this.#all]);
  }
}

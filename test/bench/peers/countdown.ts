/** Counts what was completed, and tells when so many more were. */
export class Countdown {
  #left = 0;
  #reached = (): void => undefined;

  after(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }

  tick(count = 1): void {
    this.#left -= count;
    if (this.#left <= 0) this.#reached();
  }
}

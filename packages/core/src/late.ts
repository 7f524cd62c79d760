/** A large part of the program: loaded when it is first needed, and used without waiting from then on. */
export class Late<T> {
  readonly #name: string;
  readonly #import: () => Promise<T>;
  #value: T | undefined;

  constructor(name: string, load: () => Promise<T>) {
    this.#name = name;
    this.#import = load;
  }

  /** For those who have it anyway. */
  provide(value: T): void {
    this.#value = value;
  }

  async load(): Promise<T> {
    this.#value ??= await this.#import();
    return this.#value;
  }

  /** What was loaded or provided. Errors: a plain Error before that. */
  get value(): T {
    if (this.#value === undefined) throw new Error(`${this.#name} are used before they are loaded: await load() first`);
    return this.#value;
  }
}

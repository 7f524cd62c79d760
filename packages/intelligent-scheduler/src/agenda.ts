/** What is due at a moment (ms); `bucket` belongs to the agenda, -1 while it is not in one. */
export interface Due {
  until: number;
  bucket: number;
}

/** Moments this near each other share a bucket (ms). */
const BUCKET_MS = 64;

/** What is due when, in buckets of time: constant time to put in, move and take out. */
export class Agenda<T extends Due> {
  readonly #buckets = new Map<number, Set<T>>();
  /** No bucket is earlier. */
  #first = Number.POSITIVE_INFINITY;

  /** Puts something in, or elsewhere once its moment has changed. What is never due (infinite) is left out. */
  put(item: T): void {
    const bucket = item.until < Number.POSITIVE_INFINITY ? Math.max(0, Math.floor(item.until / BUCKET_MS)) : -1;
    if (bucket === item.bucket) return;
    this.takeOut(item);
    if (bucket < 0) return;
    item.bucket = bucket;
    const others = this.#buckets.get(bucket);
    if (others) others.add(item);
    else this.#buckets.set(bucket, new Set([item]));
    this.#first = Math.min(this.#first, bucket);
  }

  takeOut(item: T): void {
    const others = this.#buckets.get(item.bucket);
    others?.delete(item);
    if (others?.size === 0) this.#buckets.delete(item.bucket);
    item.bucket = -1;
  }

  /** Takes out what is due by now, but not more than so many: the rest stays due, and what has been so for longest comes first. */
  take(now: number, most = Number.POSITIVE_INFINITY): T[] {
    const last = Math.floor(now / BUCKET_MS);
    const due: T[] = [];
    for (const bucket of this.#until(last)) {
      for (const item of this.#buckets.get(bucket) ?? []) {
        if (item.until > now) continue;
        if (due.length >= most) return this.#without(due, bucket);
        due.push(item);
      }
    }
    return this.#without(due, last);
  }

  /** Buckets up to one, in their order. */
  #until(last: number): number[] {
    // After a long pause there are fewer buckets than moments.
    if (last - this.#first > this.#buckets.size) return [...this.#buckets.keys()].filter((bucket) => bucket <= last).sort((a, b) => a - b);
    return Array.from({ length: Math.max(0, last - this.#first + 1) }, (_, i) => this.#first + i);
  }

  #without(due: T[], first: number): T[] {
    for (const item of due) this.takeOut(item);
    this.#first = Math.max(this.#first, first);
    return due;
  }
}

import { SystemClock } from "@qmoi/adapters";

/** A clock by which whatever waits goes on at once. */
export class HastyClock extends SystemClock {
  override after(_ms: number, run: () => void): () => void {
    const waiting = setImmediate(run);
    return () => clearImmediate(waiting);
  }
}

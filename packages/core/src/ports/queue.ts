/** Messages at least once, in no promised order. A handler's rejection brings the message again. */
export interface Queue<T> {
  send(messages: readonly T[]): Promise<void>;
  /** Returns a function that ends the consumption. */
  consume(handler: (message: T) => Promise<void>): () => void;
}

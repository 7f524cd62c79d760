import { once } from "@qmoi/adapters/aws";

type Methods = Record<PropertyKey, (...given: readonly unknown[]) => unknown>;

/** Stands for an object, and opens it when one of its methods is first called: all of them are asynchronous, but for those that are given. */
export const openedLate = <T extends object>(open: () => Promise<T>, given: Partial<T> = {}): T => {
  const opened = once(open);
  const call =
    (name: PropertyKey) =>
    async (...values: readonly unknown[]) =>
      ((await opened()) as Methods)[name]?.(...values);
  // With a method `then` it would be taken for a promise, and whoever awaits it would wait for ever.
  return new Proxy({} as T, { get: (_, name) => Reflect.get(given, name) ?? (name === "then" ? undefined : call(name)) });
};

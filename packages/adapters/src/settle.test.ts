import { expect, it } from "vitest";
import { settle } from "./settle.ts";

it("waits for chains of promises of any length, and for what they start", async () => {
  const ended: number[] = [];
  const chain = async (length: number): Promise<void> => {
    for (let n = 0; n < length; n++) await undefined;
    if (length < 1000) void chain(length * 10);
    ended.push(length);
  };
  void chain(10);
  await settle();
  expect(ended).toEqual([10, 100, 1000]);
});

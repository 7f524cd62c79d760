import type { PriceList, Resource } from "./prices.ts";

/** How much of what is used; what is left out is not used. */
export type Usage = Readonly<Partial<Record<Resource, number>>>;

/** One line of a bill. */
export interface CostLine {
  readonly resource: Resource;
  readonly name: string;
  readonly unit: string;
  readonly quantity: number;
  readonly dollars: number;
}

/** A month as AWS counts it for prices by the hour: 730 hours. */
export const MONTH_SECONDS = 730 * 3600;

/** What the usage costs by the list, a line for each resource that is used, in the list's order. Throws RangeError for what can't be an amount. */
export const costOf = (usage: Usage, { prices }: PriceList): readonly CostLine[] =>
  (Object.keys(prices) as Resource[]).flatMap((resource) => {
    const quantity = usage[resource] ?? 0;
    if (!(quantity >= 0 && Number.isFinite(quantity))) throw new RangeError(`${resource}: ${quantity} is no amount.`);
    if (quantity === 0) return [];
    const { name, unit, dollars, per } = prices[resource];
    return [{ resource, name, unit, quantity, dollars: (quantity / per) * dollars }];
  });

/** Sum of a bill's lines. */
export const dollarsOf = (lines: readonly CostLine[]): number => lines.reduce((sum, line) => sum + line.dollars, 0);

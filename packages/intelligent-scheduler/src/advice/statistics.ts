import { quantileOf } from "@qmoi/forecast";

export const sortedOf = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();
export const medianOf = (values: ArrayLike<number>): number => quantileOf(sortedOf(values), 0.5);
export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

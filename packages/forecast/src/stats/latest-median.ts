/** Each value weighs so much less than the one after it: the latest three weigh as much as all before. */
const FADING = 0.8;

/**
 * The weighted median of values, oldest first, in which later ones weigh more: robust as a median is, and it follows what changes as soon as
 * exponential smoothing does. Interpolated between the middles of neighbours' weights; NaN without values.
 */
export const latestMedian = (values: readonly number[]): number => {
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const weightAt = (place: number): number => FADING ** (values.length - 1 - (order[place] as number));
  const valueAt = (place: number): number => values[order[place] as number] as number;
  const half = (1 - FADING ** values.length) / (1 - FADING) / 2;
  if (values.length === 0) return Number.NaN;
  let middle = weightAt(0) / 2;
  if (middle >= half) return valueAt(0);
  for (let place = 1; place < order.length; place++) {
    const next = middle + (weightAt(place - 1) + weightAt(place)) / 2;
    if (next >= half) return valueAt(place - 1) + ((valueAt(place) - valueAt(place - 1)) * (half - middle)) / (next - middle);
    middle = next;
  }
  return valueAt(order.length - 1);
};

/** Rows are counted twice in one number, which halves the memory traffic: distinct rows times 2^26, plus their bootstrap weights. Exact below 2^26 rows. */
const DISTINCT = 2 ** 26;
/** Up to so many rows an insertion sort beats a histogram (measured). */
const SORT_ROWS = 8;

/**
 * Finds the split of a node that lowers the squared error most: the largest sum of (sum of targets)² / weight over both sides (Breiman et al. 1984).
 * Ties go to the feature tried first, then to the lowest bin, then to missing values on the left. Buffers live as long as the search; the result stays until `begin`.
 */
export class SplitSearch {
  /** Score of the best split; what the node scores unsplit until one is found. */
  score = 0;
  /** Feature of the best split; -1 for none. */
  feature = -1;
  /** Rows whose bin is at most this go left. */
  bin = 0;
  /** 1 if rows with the value missing go right. */
  missingRight = 0;
  /** Weight and sum of targets on the left. */
  leftWeight = 0;
  leftSum = 0;

  readonly #minLeaf: number;
  /** Of the node's rows, in order. */
  readonly #rowMass: Float64Array;
  readonly #rowSum: Float64Array;
  /** mass, sum by bin, interleaved. */
  readonly #histogram = new Float64Array(512);
  /** One bit a bin: few bins are touched in the small nodes where the time goes, and only they are looked at again. */
  readonly #touched = new Int32Array(8);
  readonly #keys = new Int32Array(SORT_ROWS);
  /** The bins present in the node for the feature at hand, ascending. */
  readonly #groupBin = new Int32Array(256);
  readonly #groupMass = new Float64Array(256);
  readonly #groupSum = new Float64Array(256);

  #rows: Int32Array = new Int32Array(0);
  #start = 0;
  #count = 0;
  #weight = 0;
  #sum = 0;

  constructor(rows: number, minLeaf: number) {
    this.#minLeaf = minLeaf;
    this.#rowMass = new Float64Array(rows);
    this.#rowSum = new Float64Array(rows);
  }

  /** Starts on a node: `rows[start..start+count)`, its weight and sum of targets. Returns whether all its targets are equal. */
  begin(rows: Int32Array, start: number, count: number, weights: Uint8Array, targets: Float64Array, weight: number, sum: number): boolean {
    this.#rows = rows;
    this.#start = start;
    this.#count = count;
    this.#weight = weight;
    this.#sum = sum;
    this.feature = -1;
    this.score = (sum * sum) / weight;
    const first = targets[rows[start] as number] as number;
    let equal = true;
    for (let i = 0; i < count; i++) {
      const row = rows[start + i] as number;
      const target = targets[row] as number;
      const w = weights[row] as number;
      this.#rowMass[i] = DISTINCT + w;
      this.#rowSum[i] = w * target;
      if (target !== first) equal = false;
    }
    return equal;
  }

  /** Tries every cut of one feature; `column` holds its bins by row. Returns whether the feature varies in the node. */
  tryFeature(feature: number, column: Uint8Array): boolean {
    const groups = this.#count <= SORT_ROWS ? this.#groupBySorting(column) : this.#groupByHistogram(column);
    if (groups < 2) return false;
    if (this.#groupBin[0] === 0) this.#scanWithMissing(feature, groups);
    else this.#scan(feature, groups);
    return true;
  }

  #groupBySorting(column: Uint8Array): number {
    const keys = this.#keys;
    const count = this.#count;
    for (let i = 0; i < count; i++) {
      const key = ((column[this.#rows[this.#start + i] as number] as number) << 8) | i;
      let j = i - 1;
      while (j >= 0 && (keys[j] as number) > key) {
        keys[j + 1] = keys[j] as number;
        j--;
      }
      keys[j + 1] = key;
    }
    let group = -1;
    let bin = -1;
    for (let i = 0; i < count; i++) {
      const key = keys[i] as number;
      const mass = this.#rowMass[key & 255] as number;
      const sum = this.#rowSum[key & 255] as number;
      if (key >> 8 !== bin) {
        bin = key >> 8;
        group++;
        this.#groupBin[group] = bin;
        this.#groupMass[group] = mass;
        this.#groupSum[group] = sum;
      } else {
        this.#groupMass[group] = (this.#groupMass[group] as number) + mass;
        this.#groupSum[group] = (this.#groupSum[group] as number) + sum;
      }
    }
    return group + 1;
  }

  #groupByHistogram(column: Uint8Array): number {
    this.#fillHistogram(column);
    return this.#takeTouched();
  }

  /** Apart from what follows: a function of two loops is compiled within the first one, before anything is known of the second, and again and again. */
  #fillHistogram(column: Uint8Array): void {
    const histogram = this.#histogram;
    const touched = this.#touched;
    const rows = this.#rows;
    const start = this.#start;
    const count = this.#count;
    const rowMass = this.#rowMass;
    const rowSum = this.#rowSum;
    for (let i = 0; i < count; i++) {
      const bin = column[rows[start + i] as number] as number;
      const at = bin << 1;
      histogram[at] = (histogram[at] as number) + (rowMass[i] as number);
      histogram[at + 1] = (histogram[at + 1] as number) + (rowSum[i] as number);
      touched[bin >> 5] = (touched[bin >> 5] as number) | (1 << (bin & 31));
    }
  }

  #takeTouched(): number {
    const touched = this.#touched;
    let groups = 0;
    for (let word = 0; word < touched.length; word++) {
      let bits = touched[word] as number;
      touched[word] = 0;
      while (bits !== 0) {
        const lowest = bits & -bits;
        groups = this.#takeGroup(groups, (word << 5) + 31 - Math.clz32(lowest));
        bits ^= lowest;
      }
    }
    return groups;
  }

  /** Moves a bin out of the histogram, leaving it empty. */
  #takeGroup(group: number, bin: number): number {
    const histogram = this.#histogram;
    const at = bin << 1;
    this.#groupBin[group] = bin;
    this.#groupMass[group] = histogram[at] as number;
    this.#groupSum[group] = histogram[at + 1] as number;
    histogram[at] = 0;
    histogram[at + 1] = 0;
    return group + 1;
  }

  #scan(feature: number, groups: number): void {
    let mass = 0;
    let sum = 0;
    for (let g = 0; g < groups - 1; g++) {
      mass += this.#groupMass[g] as number;
      sum += this.#groupSum[g] as number;
      const distinct = Math.floor(mass / DISTINCT);
      if (distinct < this.#minLeaf) continue;
      if (this.#count - distinct < this.#minLeaf) break;
      const weight = mass - distinct * DISTINCT;
      // No value is missing here: one that is later goes where more rows went.
      this.#offer(feature, this.#groupBin[g] as number, weight * 2 < this.#weight ? 1 : 0, weight, sum);
    }
  }

  /** Group 0 holds the missing values: each cut is tried with them on the left and on the right. */
  #scanWithMissing(feature: number, groups: number): void {
    const missingMass = this.#groupMass[0] as number;
    const missingSum = this.#groupSum[0] as number;
    let mass = 0;
    let sum = 0;
    for (let g = 0; g < groups; g++) {
      if (g > 0) {
        mass += this.#groupMass[g] as number;
        sum += this.#groupSum[g] as number;
      }
      if (g < groups - 1) this.#offerIfLargeEnough(feature, this.#groupBin[g] as number, 0, mass + missingMass, sum + missingSum);
      if (g > 0) this.#offerIfLargeEnough(feature, this.#groupBin[g] as number, 1, mass, sum);
    }
  }

  #offerIfLargeEnough(feature: number, bin: number, missingRight: number, mass: number, sum: number): void {
    const distinct = Math.floor(mass / DISTINCT);
    if (distinct < this.#minLeaf || this.#count - distinct < this.#minLeaf) return;
    this.#offer(feature, bin, missingRight, mass - distinct * DISTINCT, sum);
  }

  #offer(feature: number, bin: number, missingRight: number, weight: number, sum: number): void {
    const rest = this.#sum - sum;
    const score = (sum * sum) / weight + (rest * rest) / (this.#weight - weight);
    if (score <= this.score) return;
    this.score = score;
    this.feature = feature;
    this.bin = bin;
    this.missingRight = missingRight;
    this.leftWeight = weight;
    this.leftSum = sum;
  }
}

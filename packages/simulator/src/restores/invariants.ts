import { BIT, isTerminal, PART_TASKS, unpackBits } from "@qmoi/advanced-automation";
import type { Item } from "@qmoi/core";
import { comparableText, generationOf, itemKind, type Manifest, MultisetHash, wasRunning } from "@qmoi/master-automation";
import { type AttemptItem, type HeaderItem, keys } from "@qmoi/runtime";
import type { Invariant, Judge } from "../judge.ts";
import { hasEnded } from "../ledger.ts";
import type { SmallStores } from "../ports/small-stores.ts";

const RESTORE = { pk: "RESTORE", sk: "RESTORE" } as const;

interface RestoreItem extends Item {
  readonly backup: string;
  readonly before?: string;
  readonly step: string;
  readonly gen: number;
}

const isUnderWay = (record: Item | undefined): boolean => record !== undefined && record.step !== "done" && record.step !== "failed";

/** Tells each restore that ends, at the write that says so. */
const onEnd = (judge: Judge, listener: (restore: RestoreItem, before: RestoreItem) => void): void =>
  judge.on("commit", ({ key, item, old }) => {
    if (key.pk !== RESTORE.pk || !item || !old) return;
    const [now, before] = [item as RestoreItem, old as RestoreItem];
    if (now.step !== before.step && (now.step === "done" || now.step === "failed")) listener(now, before);
  });

const linesOf = (store: SmallStores, { segments }: Manifest): Item[] =>
  segments
    .filter(({ holds }) => holds === "items")
    .flatMap(({ name }) =>
      Buffer.from(store.blobs.get(name) ?? [])
        .toString()
        .trimEnd()
        .split("\n"),
    )
    .map((line) => JSON.parse(line) as Item);

const manifestOf = (store: SmallStores, id: string): Manifest =>
  JSON.parse(Buffer.from(store.blobs.get(`manifests/${id}.json`) ?? []).toString()) as Manifest;

/** Says which version the stored items have. */
const isSchema = ({ pk, sk }: Item): boolean => pk === keys.schema.pk && sk === keys.schema.sk;

const isReplaced = (item: Item): boolean => itemKind(item).policy === "replace";

/** What is stored is what the manifest says, when a restore is told as done; what was before, when it is told as failed after its first write. */
const restoredEqual = (backups: SmallStores): Invariant => ({
  name: "restored-equal",
  sentence:
    "When a restore ends, everything stored that it replaces equals its backup, or the backup of the state before, by the hash in the manifest. An older schema is brought to the version of now.",
  watch: (judge, violated) =>
    onEnd(judge, ({ step, backup, before, gen }, was) => {
      if (step === "failed" && was.step !== "undoing") return;
      const [id, generation] = step === "done" ? [backup, gen] : [before as string, gen + 1];
      const hash = new MultisetHash();
      const manifest = manifestOf(backups, id);
      // A backup may fall between the steps of a migration, which are taken again: in worlds they alter no other item.
      const schema = linesOf(backups, manifest).find(isSchema);
      const asBackedUp = (item: Item): Item | undefined =>
        isSchema(item) && (item.version as number) > ((schema?.version as number | undefined) ?? 1) ? schema : item;
      for (const item of judge.store.all()) {
        if (!isReplaced(item) || generationOf(item) !== generation || item.fw === generation) continue;
        const compared = asBackedUp(item);
        if (compared) hash.add(comparableText(compared));
      }
      if (hash.digest !== manifest.digest || hash.count !== manifest.replaced)
        violated(`the restore of ${id} ended (${step}) with ${hash.count} items, of ${manifest.replaced}, or with other content`);
    }),
});

const runningEnded = (backups: SmallStores): Invariant => ({
  name: "running-ended",
  sentence:
    "Attempts that were running in a backup don't run after its restore: they are void, unless it is known what became of an effect that may happen only once.",
  watch: (judge, violated) =>
    onEnd(judge, ({ step, backup }) => {
      if (step !== "done") return;
      for (const item of linesOf(backups, manifestOf(backups, backup)).filter(wasRunning)) {
        const now = judge.store.peek(item);
        if (now?.s !== "void" && now?.bg !== true) violated(`${item.pk}/${item.sk} ran and is ${now?.s}`);
      }
    }),
});

const nothingFromBefore: Invariant = {
  name: "nothing-from-before",
  sentence:
    "Nothing that was under way before a restore counts after it: no effect begins by an older claim, and no run is written by who read an older one.",
  watch: (judge, violated) => {
    let restored = 0;
    onEnd(judge, ({ gen }) => {
      restored = gen;
    });
    const headerOf = (run: string): Item | undefined => judge.store.peek(keys.header(run));
    judge.on("began", ({ call, life }) => {
      const run = judge.ledger.runs.get(call.run);
      const header = headerOf(call.run);
      const task = run && judge.ledger.numberOf(run, call.task);
      const item = task === undefined ? undefined : judge.store.peek(keys.attempt(call.run, task, call.attempt));
      if (!header || !item || generationOf(item) !== generationOf(header))
        violated(
          `${life.id} began ${call.run}/${call.task}/${call.attempt} of generation ${item && generationOf(item)}, not ${header && generationOf(header)}`,
        );
    });
    judge.on("commit", ({ key, item, old, site = "" }) => {
      // Attempts and parts of an older generation may come late, and be written again: they count as not there.
      if (!item || !old || restored === 0 || site.startsWith("restore.") || key.sk !== "H" || !key.pk.startsWith("R#")) return;
      if (isUnderWay(judge.store.peek(RESTORE))) return;
      if (generationOf(item) < generationOf(old))
        violated(`${site} wrote ${key.pk} of generation ${generationOf(item)} after restore ${restored}`);
    });
  },
};

const firesOnce: Invariant = {
  name: "fires-once",
  sentence:
    "No nominal time fires twice, and no run of an idempotency key starts twice, whatever is restored: records stay, and each run is created once.",
  watch: (judge, violated) => {
    const created = new Set<string>();
    judge.on("commit", ({ key, item, old, site }) => {
      if (key.pk.startsWith("S#") && key.sk.startsWith("N#") && old && !item) violated(`the record ${key.pk}/${key.sk} is gone`);
      if (site !== "run.create" || !item || !((item as HeaderItem).sch !== undefined || key.pk.startsWith("R#k"))) return;
      if (created.has(key.pk)) violated(`the run ${key.pk} was started a second time`);
      created.add(key.pk);
    });
  },
};

const revokedStays: Invariant = {
  name: "revoked-stays",
  sentence: "A revoked key stays revoked.",
  watch: (judge, violated) =>
    judge.on("commit", ({ key, item, old }) => {
      if (key.pk === "KEY" && old?.revoked !== undefined && item?.revoked === undefined) violated(`the key ${key.sk} lives again`);
    }),
};

const bitsOf = (judge: Judge, header: HeaderItem): Uint8Array => {
  const bits = new Uint8Array(header.n);
  if (header.small) unpackBits(header.b ?? "", bits, 0, header.n);
  for (let part = 0; !header.small && part * PART_TASKS < header.n; part++) {
    const item = judge.store.peek({ pk: header.pk, sk: `F#${String(part).padStart(5, "0")}` });
    if (item && generationOf(item) >= generationOf(header))
      unpackBits(item.b as string, bits, part * PART_TASKS, Math.min(header.n, (part + 1) * PART_TASKS));
  }
  return bits;
};

/** What is stored at the end makes sense by itself. */
const restsWell: Invariant = {
  name: "rests-well",
  sentence:
    "At the end no restore is under way, work may begin, every run has ended, and what succeeded has an attempt of its run's generation that did.",
  watch: (judge, violated) =>
    judge.on("end", () => {
      const record = judge.store.peek(RESTORE);
      if (isUnderWay(record)) violated(`a restore is still ${record?.step}`);
      const control = judge.store.peek(keys.control);
      if (control && control.mode !== "running") violated(`the system is still ${control.mode}: ${control.reason}`);
      for (const item of judge.store.all()) {
        if (item.sk !== "H" || !item.pk.startsWith("R#") || item.gone) continue;
        const header = item as HeaderItem;
        const run = header.pk.slice(2);
        if (!hasEnded(header)) return violated(`run ${run} is still ${header.st}`);
        const { tasks } = judge.ledger.graph(header.ver);
        for (const [task, bit] of bitsOf(judge, header).entries()) {
          if (!isTerminal(bit)) return violated(`run ${run} has ended, its task ${task} not`);
          if (bit !== BIT.succeeded || tasks[task]?.def.forEach) continue;
          const attempts = [...judge.store.all()].filter(({ pk, sk }) => pk.startsWith(`R#${run}#`) && Number(sk.split("#")[0]) === task);
          const good = attempts.some((one) => (one as AttemptItem).s === "succeeded" && generationOf(one) >= generationOf(header));
          if (!good) return violated(`task ${task} of run ${run} has succeeded, and none of its ${attempts.length} attempts`);
        }
      }
    }),
};

/** What must hold in worlds with restores, besides what holds in every world. */
export const restoreInvariants = (backups: SmallStores): readonly Invariant[] => [
  restoredEqual(backups),
  runningEnded(backups),
  nothingFromBefore,
  firesOnce,
  revokedStays,
  restsWell,
];

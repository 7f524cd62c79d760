import { type HeaderItem, keys } from "../items.ts";
import type { Ports } from "../ports.ts";

/** Index entries asked for at a time. */
const PAGE = 100;

/** A workflow's runs, newest first. Each header is read by its key: the index may be behind. What retention has taken may be among them. */
export async function* newestRuns({ table }: Pick<Ports, "table">, workflow: string): AsyncGenerator<HeaderItem> {
  for (let after: string | undefined; ; ) {
    const page = await table.queryIndex({
      index: 1,
      pk: keys.workflowIndex(workflow),
      reverse: true,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const { pk } of page.items) {
      const header = (await table.get({ pk, sk: "H" })) as HeaderItem | undefined;
      if (header) yield header;
    }
    if (page.next === undefined) return;
    after = page.next;
  }
}

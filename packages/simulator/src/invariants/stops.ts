import { AUDIT_PK, type AuditBlock } from "@qmoi/master-automation";
import type { ControlItem } from "@qmoi/runtime";
import type { CommandItem } from "@qmoi/runtime/commands";
import type { Invariant } from "../judge.ts";

export const stopsTold: Invariant = {
  name: "stops-told",
  sentence:
    "Each emergency stop that was written, whoever died meanwhile, has its command's record with evidence, and the audit has its acceptance and its end.",
  watch: (judge, violated) => {
    const stops = new Set<string>();
    judge.on("commit", ({ key, item }) => {
      const control = key.pk === "CTL" ? (item as ControlItem | undefined) : undefined;
      if (control?.emergency && control.mode === "stopped" && control.by !== undefined) stops.add(control.by);
    });
    judge.on("end", () => {
      const told = new Map<string, number>();
      for (const item of judge.store.all()) {
        if (item.pk !== AUDIT_PK) continue;
        for (const { action, subject } of (item as unknown as AuditBlock).r)
          if (action === "command.emergency_stop") told.set(subject, (told.get(subject) ?? 0) + 1);
      }
      for (const id of stops) {
        const command = judge.store.peek({ pk: `CMD#${id}`, sk: "H" }) as CommandItem | undefined;
        if (command?.st !== "succeeded" || !command.ev) violated(`emergency stop ${id} is ${command?.st ?? "not known"}`);
        if ((told.get(id) ?? 0) < 2) violated(`the audit has ${told.get(id) ?? 0} records of emergency stop ${id}`);
      }
    });
  },
};

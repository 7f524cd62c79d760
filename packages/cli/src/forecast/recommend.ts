import type { Recommendation, Recommendations } from "@qmoi/client";
import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { duration, plural } from "../format.ts";
import type { Io } from "../io.ts";
import { secondsText } from "./forecast-text.ts";

const DAY_MS = 86_400_000;

export const recommendCommand = (cli: Cli): Command =>
  newCommand({
    usage: "recommend",
    summary: "say what would finish work earlier, with evidence",
    details:
      "Recorded runs of the last week are simulated with other slots and other policies, by the code that orders the engine's work. What fails,\n" +
      "grows slower or does better at another hour is told from history.",
    examples: [
      ["qmoi forecast recommend", "what could be done now, the most rewarding first"],
      ["qmoi forecast recommend --json", "the same with all figures, for a program"],
    ],
  }).action((options: CommonOptions) =>
    withConnection(cli, options, "ask", async ({ client }) => {
      const found = await client.recommendations();
      if (options.json) printJson(cli.io, found);
      else cli.io.out(text(cli.io, found));
    }),
  );

const text = ({ style }: Io, { history, policy, recommendations }: Recommendations): string => {
  const basis = style.dim(
    `looked at ${plural(history.runs, "run")} with ${plural(history.tasks, "task")} in ${duration(history.days * DAY_MS)}; ordered by ${policy}`,
  );
  if (recommendations.length === 0) return `Nothing to recommend.\n${basis}\n`;
  return `${recommendations.map((item) => itemText(style, item)).join("")}${basis}\n`;
};

const itemText = (style: Io["style"], { says, setting, evidence }: Recommendation): string => {
  const lines = [`${style.bold("•")} ${says}`];
  if (evidence.kind === "simulation") {
    const { before, after } = evidence;
    const late = before.late + after.late > 0 ? `; late ${before.late} → ${after.late}` : "";
    lines.push(
      style.dim(
        `  mean ${secondsText(before.mean)} → ${secondsText(after.mean)}, 95% below ${secondsText(before.p95)} → ${secondsText(after.p95)}${late}`,
      ),
    );
  } else if (evidence.kind === "history") lines.push(style.dim(`  from ${plural(evidence.observations, "observation")}`));
  if (setting) lines.push(`  qmoi config set ${setting.document}.${setting.path} ${setting.value}`);
  return `${lines.join("\n")}\n`;
};

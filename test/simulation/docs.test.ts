import { readFileSync } from "node:fs";
import { CALL_FAULTS, INVARIANTS, WORLD_FAULTS } from "@qmoi/simulator";
import { expect, it } from "vitest";

const page = readFileSync(new URL("../../docs/simulation.md", import.meta.url), "utf8");

it.each(INVARIANTS)("docs/simulation.md has the invariant $name with its sentence", ({ name, sentence }) => {
  expect(page).toContain(`| \`${name}\` | ${sentence} |`);
});

it.each([...CALL_FAULTS, ...WORLD_FAULTS])("docs/simulation.md says what %s is", (fault) => {
  expect(page).toMatch(new RegExp(`^\\|.*\`${fault}\`.*\\|.*\\|$`, "m"));
});

import type { IssuedKey, Key } from "@qmoi/client";
import { QmoiError, ROLES, type Role } from "@qmoi/core";
import { SCOPES, type Scope } from "@qmoi/master-automation";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Cli, type CommonOptions, newCommand, printJson } from "../cli.ts";
import { withConnection } from "../connection.ts";
import { localTime, table } from "../format.ts";
import { collect, given, type ListOptions, limitOption, listed } from "../options.ts";

interface CreateOptions extends CommonOptions {
  readonly role: Role;
  readonly scope?: readonly Scope[];
  readonly expires?: string;
  readonly reason?: string;
}

interface ReasonOptions extends CommonOptions {
  readonly reason?: string;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90d`, `12h`, `30m` from now, or a time, as ISO 8601. */
const expiry = (value: string): string => {
  const [, count, unit = ""] = /^([1-9]\d{0,4})([mhd])$/.exec(value) ?? [];
  const at = count === undefined ? Date.parse(value) : Date.now() + Number(count) * (UNIT_MS[unit] ?? 0);
  if (Number.isNaN(at)) throw new InvalidArgumentError("It must be a duration such as 90d or 12h, or a time such as 2026-12-31T00:00:00Z.");
  return new Date(at).toISOString();
};

const scope = (value: string, previous?: readonly string[]): readonly string[] => {
  if (!(SCOPES as readonly string[]).includes(value)) throw new InvalidArgumentError(`It must be one of ${SCOPES.join(", ")}.`);
  return collect(value, previous);
};

/** The key goes to stdout alone, so that it can be piped; everything about it to stderr. */
const tell = ({ io }: Cli, issued: IssuedKey, json: boolean): void => {
  if (json) {
    printJson(io, issued);
    return;
  }
  io.out(`${issued.key}\n`);
  const held = issued.scopes ? `, held to ${issued.scopes.join(", ")}` : "";
  const until = issued.expiresAt === null ? "" : `, until ${localTime(issued.expiresAt)}`;
  io.err(`${io.errStyle.dim(`key ${issued.id}, ${issued.role}${held}${until}; it is shown this once`)}\n`);
};

const create = (cli: Cli): Command =>
  newCommand({
    usage: "create <name>",
    summary: "create an API key; it is shown once",
    examples: [
      ["qmoi keys create ci --role operator --scope runs --expires 90d", "a key that may start and steer runs"],
      ["QMOI_API_KEY=$(qmoi keys create me) qmoi runs", "a key that may look"],
    ],
  })
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).default("viewer"))
    .option("--scope <part>", `part of the API that it is held to; may be repeated (${SCOPES.join(", ")})`, scope)
    .option("--expires <when>", "a duration such as 90d or 12h, or a time; never otherwise", expiry)
    .option("--reason <text>", "why, for the record")
    .action((name: string, { role, scope: scopes, expires: expiresAt, ...options }: CreateOptions) =>
      withConnection(cli, options, "tell", async ({ client }) =>
        tell(
          cli,
          await client.createKey(given({ name, role, scopes: scopes && [...scopes], expiresAt, reason: options.reason })),
          options.json === true,
        ),
      ),
    );

const colours = { active: "green", expired: "yellow", revoked: "red" } as const;

const list = (cli: Cli): Command =>
  newCommand({
    usage: "list",
    summary: "list API keys, without their texts",
    examples: [["qmoi keys list", "who may call, and when they last did"]],
  })
    .option(...limitOption)
    .action((options: ListOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const { items, more } = await listed(options, (query) => client.keys(query));
        if (options.json) return printJson(cli.io, items);
        const { style } = cli.io;
        const titles = ["id", "name", "role", "scopes", "state", "last used", "expires"].map((title) => ({ title }));
        const rows = items.map((key: Key) => [
          key.id,
          key.name,
          key.role,
          key.scopes?.join(", ") ?? "all",
          style[colours[key.state]](key.state),
          key.lastUsedAt === null ? "never" : localTime(key.lastUsedAt),
          key.expiresAt === null ? "never" : localTime(key.expiresAt),
        ]);
        cli.io.out(table(style, titles, rows));
        if (more) cli.io.err(style.dim("there are more: --limit\n"));
      }),
    );

const revoke = (cli: Cli): Command =>
  newCommand({
    usage: "revoke <id>",
    summary: "end an API key for good",
    examples: [["qmoi keys revoke 3f2a81b0c4d5 --reason 'laptop lost'", "from now on"]],
  })
    .option("--reason <text>", "why, for the record")
    .action((id: string, options: ReasonOptions) =>
      withConnection(cli, options, "ask", async ({ client }) => {
        const key = await client.revokeKey(id, options.reason);
        if (options.json) return printJson(cli.io, key);
        cli.io.out(`key ${key.id} (${key.name}) is revoked\n`);
      }),
    );

const rotate = (cli: Cli): Command =>
  newCommand({
    usage: "rotate <id>",
    summary: "give an API key a new text, shown once; the old one counts no longer",
    examples: [["qmoi keys rotate 3f2a81b0c4d5", "the same id, role and expiry under a new text"]],
  })
    .option("--reason <text>", "why, for the record")
    .action((id: string, options: ReasonOptions) =>
      withConnection(cli, options, "ask", async ({ client }) =>
        tell(cli, await client.rotateKey(id, options.reason), options.json === true),
      ),
    );

interface BootstrapOptions extends CommonOptions {
  readonly name: string;
  readonly again?: boolean;
}

const bootstrap = (cli: Cli): Command =>
  newCommand({
    usage: "bootstrap",
    summary: "make the first master key of a stage in AWS; it is shown once",
    details: "It needs no key, but AWS rights on the stage's table, its bucket of blobs and its parameter audit-key.",
    examples: [
      ["qmoi keys bootstrap --stage dev", "after the first deploy"],
      ["QMOI_API_KEY=$(qmoi keys bootstrap --stage dev) qmoi runs --stage dev", "and call the stage with it"],
    ],
  })
    .option("--name <name>", "the key's name", "first key")
    .option("--again", "also where there is a master key already, which was lost")
    .action(async ({ stage, name, again = false, json = false }: BootstrapOptions) => {
      if (stage === undefined)
        throw new QmoiError("QMOI_INVALID_INPUT", "A stage is needed: --stage <name>.", {
          remedy: "On this machine the data folder holds the master key; create others with `qmoi keys create`.",
        });
      const { bootstrapKey } = await import("@qmoi/local/stage");
      const { key, id, role, state, by, at } = await bootstrapKey(stage, { name, again });
      const never = { expiresAt: null, lastUsedAt: null, rotatedAt: null, revokedAt: null };
      tell(cli, { key, id, name, role, scopes: null, state, createdBy: by, createdAt: new Date(at).toISOString(), ...never }, json);
    });

export const keysCommand = (cli: Cli): Command => {
  const command = newCommand({
    usage: "keys",
    summary: "create, list, revoke and rotate API keys",
    examples: [
      ["qmoi keys create ci --role operator", "a key that may start and steer runs; shown once"],
      ["qmoi keys list", "who may call, and when they last did"],
    ],
  });
  for (const sub of [create(cli), bootstrap(cli), list(cli), revoke(cli), rotate(cli)]) command.addCommand(sub);
  return command;
};

import { Argument, type Command } from "commander";
import { type Cli, newCommand } from "../cli.ts";

type Shell = "bash" | "zsh" | "fish";

const INSTALL: Readonly<Record<Shell, string>> = {
  bash: "qmoi completion bash > ~/.local/share/bash-completion/completions/qmoi",
  zsh: "qmoi completion zsh > ~/.zfunc/_qmoi   # with fpath=(~/.zfunc $fpath) before compinit",
  fish: "qmoi completion fish > ~/.config/fish/completions/qmoi.fish",
};

export const completionCommand = (cli: Cli, program: () => Command): Command =>
  newCommand({
    usage: "completion",
    summary: "print a completion script for a shell",
    examples: Object.entries(INSTALL).map(([shell, line]) => [line, `for ${shell}`]),
  })
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(INSTALL)))
    .action((shell: Shell) => cli.io.out(SCRIPTS[shell](program())));

interface Described {
  /** Words before it: empty for a command of the first level. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly options: readonly {
    readonly flag: string;
    readonly summary: string;
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
  readonly commands: readonly string[];
  readonly takesFile: boolean;
}

const FILES = new Set(["run", "validate", "wfformat"]);

const describe = (command: Command, path: string): Described[] => {
  const here = path === "" ? command.name() : `${path} ${command.name()}`;
  const options = command.options
    .filter(({ long, hidden }) => long && !hidden)
    .map((o) => ({ flag: o.long ?? "", summary: o.description, takesValue: o.required || o.optional, choices: o.argChoices ?? [] }));
  return [
    {
      path,
      name: command.name(),
      summary: command.summary(),
      options,
      commands: command.commands.map((c) => c.name()),
      takesFile: FILES.has(command.name()),
    },
    ...command.commands.flatMap((child) => describe(child, here)),
  ];
};

const all = (program: Command): Described[] =>
  program.commands.filter((c) => c.name() !== "help").flatMap((command) => describe(command, ""));
const words = (command: Described): string => [...command.options.map(({ flag }) => flag), ...command.commands, "--help"].join(" ");
const quote = (text: string): string => text.replace(/'/g, "’").replace(/[[\]:]/g, " ");

const bash = (program: Command): string => {
  const commands = all(program);
  const cases = commands.map(
    (c) => `    "${c.path === "" ? c.name : `${c.path} ${c.name}`}") words="${words(c)}"${c.takesFile ? "; files=1" : ""} ;;`,
  );
  const choices = [
    ...new Set(
      commands.flatMap((c) =>
        c.options
          .filter((o) => o.choices.length > 0)
          .map((o) => `    ${o.flag}) COMPREPLY=($(compgen -W "${o.choices.join(" ")}" -- "$cur")); return ;;`),
      ),
    ),
  ];
  return `# bash completion for qmoi
_qmoi() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words="" files="" path="\${COMP_WORDS[1]}"
  [ "$path" = import ] && [ "$COMP_CWORD" -gt 2 ] && path="$path \${COMP_WORDS[2]}"
  case "$prev" in
${choices.join("\n")}
    --data) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --inputs) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands
      .filter((c) => c.path === "")
      .map((c) => c.name)
      .join(" ")} --help --version" -- "$cur"))
    return
  fi
  case "$path" in
${cases.join("\n")}
    completion) words="bash zsh fish" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -n "$files" ] && COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -o filenames -F _qmoi qmoi
`;
};

const zsh = (program: Command): string => {
  const commands = all(program);
  const first = commands.filter((c) => c.path === "").map((c) => `    '${c.name}:${quote(c.summary)}'`);
  const option = (o: Described["options"][number]): string => {
    const value =
      o.choices.length > 0 ? `:value:(${o.choices.join(" ")})` : o.flag === "--data" ? ":folder:_files -/" : o.takesValue ? ":value:" : "";
    return `'${o.flag}[${quote(o.summary)}]${value}'`;
  };
  const cases = commands.map((c) => {
    const name = c.path === "" ? c.name : `${c.path} ${c.name}`;
    const rest = c.takesFile ? " '*:file:_files'" : c.commands.length > 0 ? ` '1:command:(${c.commands.join(" ")})'` : "";
    return `    '${name}') _arguments ${[...c.options.map(option), "'--help[show help]'"].join(" ")}${rest} ;;`;
  });
  return `#compdef qmoi
_qmoi() {
  local -a names
  names=(
${first.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command names
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  if [[ "$command" == import ]] && (( CURRENT > 2 )); then
    command="import \${words[2]}"
    shift words
    (( CURRENT-- ))
  fi
  case "$command" in
${cases.join("\n")}
  esac
}
_qmoi "$@"
`;
};

const fish = (program: Command): string => {
  const lines = all(program).flatMap((c) => {
    const name = c.path === "" ? c.name : `${c.path} ${c.name}`;
    const when = c.path === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${c.path}`;
    const seen = `__fish_seen_subcommand_from ${name.split(" ").at(-1)}`;
    return [
      `complete -c qmoi -f -n '${when}' -a '${c.name}' -d '${quote(c.summary)}'`,
      ...c.options.map((o) => {
        const value = o.choices.length > 0 ? ` -x -a '${o.choices.join(" ")}'` : o.takesValue ? " -r" : "";
        return `complete -c qmoi -n '${seen}' -l ${o.flag.slice(2)}${value} -d '${quote(o.summary)}'`;
      }),
      ...(c.takesFile ? [`complete -c qmoi -n '${seen}' -F`] : []),
    ];
  });
  return `# fish completion for qmoi\n${lines.join("\n")}\n`;
};

const SCRIPTS: Readonly<Record<Shell, (program: Command) => string>> = { bash, zsh, fish };

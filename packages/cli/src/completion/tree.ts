import type { Command, Option } from 'commander';

/** Something that can be typed. */
export interface Word {
  readonly text: string;
  readonly description: string;
}

/** An option whose value can be chosen from a few. */
export interface Choice {
  /** The option: `--role`. */
  readonly flag: string;
  readonly values: readonly string[];
  /** Whether it takes several, one behind the other. */
  readonly isVariadic: boolean;
}

/** What can be typed behind the names of a command. */
export interface Place {
  /** The names: `keys rotate`; empty for the program itself. */
  readonly path: string;
  /** Commands and options, in the order of `--help`. */
  readonly words: readonly Word[];
  readonly choices: readonly Choice[];
  /** Options that take a value of any kind: files are offered for it. */
  readonly valued: readonly string[];
}

/** Lists what can be typed at every place of a program. */
export function listPlaces(program: Command): Place[] {
  return walk(program, '', program.options);
}

function walk(command: Command, path: string, global: readonly Option[]): Place[] {
  const help = command.createHelp();
  const options = [...help.visibleOptions(command), ...(path === '' ? [] : global)];
  const commands = help.visibleCommands(command);
  const place: Place = {
    path,
    words: [
      ...commands.map((one) => ({ text: one.name(), description: one.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
        argChoices.map((text) => ({ text, description })),
      ),
      ...options.flatMap(toWord),
    ],
    choices: options.flatMap(({ argChoices, long, variadic }) =>
      argChoices === undefined || !long
        ? []
        : [{ flag: long, values: argChoices, isVariadic: variadic }],
    ),
    valued: options.flatMap(({ argChoices, long, required }) =>
      required && argChoices === undefined && long ? [long] : [],
    ),
  };
  const below = commands
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => walk(one, `${path} ${one.name()}`.trim(), global));
  return [place, ...below];
}

function toWord({ description, long }: Option): Word[] {
  return long ? [{ text: long, description }] : [];
}

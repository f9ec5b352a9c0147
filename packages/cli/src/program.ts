import { Command, CommanderError } from 'commander';
import { commands } from './commands.ts';
import type { CliContext, CliStreams } from './context.ts';
import { exitCodeOf, explain, toErrorObject } from './errors.ts';
import { findServer } from './find-server.ts';
import { createOutput } from './output.ts';
import { toPlainText } from './plain-text.ts';
import { listenForStop } from './stop-signal.ts';
import { readVersion } from './version.ts';

const USAGE_REMEDY = 'Run it with --help to see what it takes.';

/** Options that every command takes, before or behind its name. */
interface GlobalOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly data?: string;
}

/**
 * Runs `greenroom`.
 *
 * @param args - The command line without the program.
 * @returns The exit code: 0 done, 1 failed, 2 misused.
 */
export async function runCli(args: readonly string[], streams: CliStreams): Promise<number> {
  const program = createBareProgram(streams);
  try {
    await addCommands(program, streams, args);
    await program.parseAsync([...args], { from: 'user' });
    // A command that checks something, such as doctor, tells by process.exitCode that it found faults.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return endOf(error, wantsJson(args), streams);
    await report(error, program.opts<GlobalOptions>(), streams);
    return exitCodeOf(error);
  }
}

/** The program with the commands that the arguments may mean: all of them for help, one for its own name. */
async function addCommands(
  program: Command,
  streams: CliStreams,
  args: readonly string[],
): Promise<void> {
  const context = createContext(program, streams);
  const asked = commands.filter(({ name }) => args.includes(name));
  // Loaded are all that are named anywhere: an argument may have the name of a command, too.
  for (const { load } of asked.length > 0 && !needsAll(args) ? asked : commands)
    (await load())(program, context);
}

/** The program without its commands. */
function createBareProgram(streams: Pick<CliStreams, 'stdout' | 'stderr'>): Command {
  return new Command('greenroom')
    .description('Publishes to TikTok for many accounts.')
    .version(readVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this')
    .option('--json', 'print data as JSON')
    .option('--debug', 'print where an error happened')
    .option('--data <folder>', 'data folder of the installation (or GREENROOM_DATA)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text.replace(/^error: /, 'greenroom: ')),
    })
    .showHelpAfterError(USAGE_REMEDY)
    .exitOverride();
}

function createContext(program: Command, streams: CliStreams): CliContext {
  const options = () => program.opts<GlobalOptions>();
  let stop: AbortSignal | undefined;
  return {
    ...streams,
    get env() {
      const { data } = options();
      return data === undefined ? streams.env : { ...streams.env, GREENROOM_DATA: data };
    },
    output: createOutput(streams, () => options().json === true),
    async connectToServer() {
      const { url: baseUrl, apiKey } = await this.findServer();
      const { createClient } = await import('@greenroom/contract');
      return createClient({ baseUrl, apiKey });
    },
    findServer() {
      return findServer(this.env, this.output.talk);
    },
    stopSignal: () => {
      stop ??= listenForStop();
      return stop;
    },
  };
}

/** Help and completion list every command. */
function needsAll([first]: readonly string[]): boolean {
  return first === undefined || ['help', '--help', 'completion'].includes(first);
}

/** Commander has told a person already what is wrong with the line, or printed the help. */
function endOf(
  { code, exitCode, message }: CommanderError,
  isJson: boolean,
  { stdout }: CliStreams,
): 0 | 2 {
  if (exitCode === 0) return 0;
  const title = code === 'commander.help' ? 'A command is missing.' : message;
  const error = { title: title.replace(/^error: /, ''), remedy: USAGE_REMEDY };
  if (isJson) stdout.write(`${JSON.stringify({ error })}\n`);
  return 2;
}

/** A line that makes no sense was not parsed to its end. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).includes('--json');
}

async function report(
  error: unknown,
  options: GlobalOptions,
  { stderr, stdout }: CliStreams,
): Promise<void> {
  if (options.json === true) stdout.write(`${JSON.stringify(await toErrorObject(error))}\n`);
  stderr.write(`greenroom: ${toPlainText(await explain(error, options.debug === true))}\n`);
}

import { untilSignal } from './command/until-signal.ts';

// Listened for before anything else is loaded, which takes most of the start.
const ended = untilSignal();
const { runCli } = await import('./command/cli.ts');
process.exitCode = await runCli(
  process.argv.slice(2),
  { stdout: process.stdout, stderr: process.stderr },
  ended,
);

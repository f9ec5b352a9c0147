import type { Finding } from '@greenroom/server';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** `greenroom doctor`: looks at everything that an installation needs. */
export function registerDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('look at everything that an installation needs, and say what to do')
    .addHelpText(
      'after',
      '\nRun it where the server runs, with the same environment; the server may run or not. Nothing is changed. Exit code 1: something keeps Greenroom from working.',
    )
    .action(() => runDoctor(context));
}

async function runDoctor({ env, output }: CliContext): Promise<void> {
  const { diagnose, readConfig } = await import('@greenroom/server');
  const config = readConfig(env);
  const progress = output.progress('Looking');
  const findings = await diagnose(config).finally(() => progress.end());
  const isWell = findings.every(({ status }) => status !== 'failed');
  output.print({ ok: isWell, findings }, () => findings.map(toWords).join('\n'));
  if (!isWell) process.exitCode = 1;
}

const SIGNS = { ok: '✓', warning: '!', failed: '✗', skipped: '-' } as const;

function toWords({ check, remedy, status, words }: Finding): string {
  const indent = ' '.repeat(4);
  const lines = words.split('\n').join(`\n${indent}`);
  const todo = remedy === undefined ? '' : `\n${indent}→ ${remedy}`;
  // The word, too: a sign alone is lost on a screen reader.
  return `${SIGNS[status]} ${check}${status === 'ok' ? '' : ` (${status})`}: ${lines}${todo}`;
}

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** `greenroom emulator`: runs TikTok on this machine; everything behind it is greenroom-emulator's own. */
export function registerEmulator(program: Command, context: CliContext): void {
  program
    .command('emulator')
    .description('run a TikTok on this machine to try everything with')
    .argument('[options...]', 'options of greenroom-emulator; see greenroom emulator --help')
    .allowUnknownOption()
    .helpOption(false)
    .action((options: readonly string[]) => runEmulator(options, context));
}

async function runEmulator(options: readonly string[], context: CliContext): Promise<void> {
  const manifest = import.meta.resolve('@greenroom/emulator/package.json');
  const bin = fileURLToPath(new URL('bin/greenroom-emulator.js', manifest));
  const isJson = context.output.isJson && !options.includes('--json');
  const child = spawn(process.execPath, [bin, ...options, ...(isJson ? ['--json'] : [])], {
    // The channel tells it when this process is gone, however it went.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...context.env, GREENROOM_EMULATOR_RUN: context.env['GREENROOM_RUN'] },
  });
  context.stopSignal().addEventListener('abort', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise<number>((resolve) => {
    child.on('exit', (code, signal) =>
      resolve(code ?? (signal ? 128 + constants.signals[signal] : 1)),
    );
  });
}

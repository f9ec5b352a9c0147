#!/usr/bin/env node
// In a checkout the TypeScript sources run as they are; where it is installed, or when
// GREENROOM_EMULATOR_RUN is "dist", the compiled ones do.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/main.js', import.meta.url);
const source = new URL('../src/main.ts', import.meta.url);
const isInstalled = fileURLToPath(import.meta.url).includes('/node_modules/');
const wantsCompiled = isInstalled || process.env.GREENROOM_EMULATOR_RUN === 'dist';

if (wantsCompiled && existsSync(compiled)) {
  await import(compiled.href);
} else if (!canRunTypeScript(process.versions.node)) {
  console.error(`greenroom-emulator: needs Node 22.18 or later, this is ${process.version}.`);
  process.exitCode = 1;
} else {
  // Listened for first: a signal that meets the two starting must end both.
  const asked = new Set();
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      asked.add(signal);
      child.kill(signal);
    });
  }
  // --conditions cannot be set from inside: the sources need a process of their own.
  const child = spawn(
    process.execPath,
    ['--conditions=@greenroom/source', fileURLToPath(source), ...process.argv.slice(2)],
    // The channel tells the child when this process is gone, however it went.
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  );
  child.on('exit', (code, signal) => {
    // A child that had not begun to listen for signals ended as it was asked to: it had no state yet.
    process.exitCode = code ?? (asked.has(signal) ? 0 : 128 + constants.signals[signal]);
  });
}

/** Whether this Node strips types without being asked. */
function canRunTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

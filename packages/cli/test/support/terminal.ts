import { PassThrough } from 'node:stream';
import { expect, vi } from 'vitest';
import { runCli } from '../../src/program.ts';
import type { Site } from './site.ts';

/** A command that runs as on a terminal. */
export interface TerminalRun {
  readonly ended: Promise<number>;
  /** What the person sees. */
  readonly shown: () => string;
  /** What went to stdout. */
  readonly printed: () => string;
  /** Waits for a question and presses keys. */
  answer(question: string, ...keys: string[]): Promise<void>;
}

/** Runs a command in this process as on a terminal: what is shown is read, and keys are typed. */
export function onTerminal({ apiKey, folder, url }: Site, ...args: string[]): TerminalRun {
  const typed = new PassThrough();
  const stdin = Object.assign(typed, { isTTY: true, setRawMode: () => typed });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  let shown = '';
  stderr.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  let printed = '';
  const stdout = new PassThrough().on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const env = { HOME: folder, GREENROOM_URL: url, GREENROOM_API_KEY: apiKey };
  return {
    // What listens for the end of the process that started it lets go of the channel, which Vitest's worker lives by.
    ended: runCli(args, { env, stdin, stdout, stderr }).finally(() => process.channel?.ref()),
    shown: () => shown,
    printed: () => printed,
    async answer(question, ...keys) {
      await vi.waitFor(() => expect(shown).toContain(question), { timeout: 60_000 });
      for (const key of keys) typed.write(key);
    },
  };
}

import { createInterface } from 'node:readline';
import { type EngineOptions, type EngineStep, startEngine } from '../../src/db/engine/engine.ts';
import { EngineError, EngineInUseError } from '../../src/db/engine/engine-error.ts';
import { startThrowAwayEngine } from '../../src/db/engine/throw-away-engine.ts';
import type { ChildEvent } from './engine-process.ts';

/** A server's process, as far as its database goes. Started by `engine-process.ts`; obeys lines on stdin. */
function tell(event: ChildEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

// A server has its own handler of Ctrl-C: it ends in order.
process.on('SIGINT', () => tell({ kind: 'interrupted' }));
try {
  // Written by `engine-process.ts`.
  const options = JSON.parse(process.argv[2] ?? '') as EngineOptions | 'throw-away';
  const onStep = (step: EngineStep) => tell({ kind: 'step', step });
  const engine = await (options === 'throw-away'
    ? startThrowAwayEngine()
    : startEngine({ ...options, onStep }));
  const { url, pid, version, wasAdopted } = engine;
  tell({ kind: 'started', url, pid, version, wasAdopted });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'exit') process.exit(0);
    if (line === 'stop') await engine.stop();
    if (line === 'stop') process.exit(0);
  }
} catch (error) {
  const message = String(error);
  const code = error instanceof EngineError ? error.code : undefined;
  const ownerPid = error instanceof EngineInUseError ? error.ownerPid : undefined;
  tell({ kind: 'failed', message, ...(code && { code }), ...(ownerPid && { ownerPid }) });
}

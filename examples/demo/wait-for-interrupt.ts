import { once } from 'node:events';

/** Ends when the person presses Ctrl-C or the process is asked to end. */
export async function waitForInterrupt(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

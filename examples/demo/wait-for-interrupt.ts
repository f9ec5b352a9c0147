/** Ends when the person presses Ctrl-C or the process is asked to end. */
export async function waitForInterrupt(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // A pending promise keeps no process alive; a timer does.
  const alive = setInterval(() => undefined, 2 ** 30);
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  await promise;
  clearInterval(alive);
}

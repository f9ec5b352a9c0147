/** Resolves when a signal asks this process to end, or the process that started it is gone. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    // Not once: Ctrl+C reaches the whole process group, and the checkout's bin passes it on again.
    // A signal without a listener would end this process before the state is saved.
    process.on('SIGTERM', () => resolve());
    process.on('SIGINT', () => resolve());
    // The checkout's bin starts this process and holds a channel to it.
    process.once('disconnect', () => resolve());
    process.channel?.unref();
  });
}

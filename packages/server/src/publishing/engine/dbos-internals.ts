// What we need of DBOS and it has no public door for. Its version is exact in package.json: look here when it changes.

/** Ends the loop by which DBOS takes what waits in a queue, and begins with a new one. What is under way goes on. */
export async function restartDispatch(queue: string): Promise<void> {
  const { DBOSExecutor } = await import('@dbos-inc/dbos-sdk/internal/dbos-executor');
  const executor = DBOSExecutor.globalInstance;
  if (executor === undefined) return;
  await executor.deactivateEventReceivers();
  await executor.stopWorkflowTimeoutSweep();
  await executor.initEventReceivers([queue]);
}

/** Lets DBOS look for a database that went away each second or two; by itself it waits up to a minute. */
export async function reconnectSoon(): Promise<void> {
  const { dbRetryConfig } = await import('@dbos-inc/dbos-sdk/internal/utils');
  dbRetryConfig.initialBackoffSec = 0.1;
  dbRetryConfig.maxBackoffSec = 1;
}

import { randomUUID } from 'node:crypto';
import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Database, Transaction } from '../../db/database.ts';
import { DBOS_SCHEMA } from '../../db/dbos-schema.ts';
import { clientOf } from '../../db/transaction.ts';
import type { Log } from '../../logging/log.ts';
import { StartError } from '../../runtime/start-error.ts';
import { reconnectSoon, restartDispatch } from './dbos-internals.ts';
import { toEngineLog } from './engine-log.ts';
import { ExecutorLock } from './executor-lock.ts';
import { ForgottenWork } from './forgotten-work.ts';
import { APPLICATION, findDeadExecutors, findHeldBy, handOver, QUEUE } from './held-work.ts';
import { MachineClock } from './machine-clock.ts';
import { UploadPlaces } from './upload-places.ts';

/** What the engine works with. */
export interface EngineOptions {
  readonly database: Database;
  /** Address of the database, for the connection by which this process is known to live. */
  readonly databaseUrl: string;
  readonly log: Log;
  /** Uploads that this process does at a time. */
  readonly concurrency: number;
}

/** What a workflow is given: ids, for DBOS stores them in the clear. */
export interface WorkflowInput {
  readonly workspaceId: string;
  readonly attemptId: string;
  /** Whether it had one before. */
  readonly isAgain?: boolean;
}

/** Carries one attempt as far as it goes. Runs again from the begin after a crash; ends early when the signal aborts. */
export type AttemptWork = (
  attempt: { readonly workspaceId: string; readonly attemptId: string },
  signal: AbortSignal,
) => Promise<void>;

/**
 * Sees to it that every attempt is worked on until it ends, whatever crashes: DBOS, on our pool.
 *
 * An attempt is a workflow of the same id, enqueued in the transaction that makes the attempt. DBOS hands it to a
 * process, and to another one when that dies. It keeps nothing but the ids: the rows of post and attempt are the
 * checkpoint, and a run begins by reading them. So a workflow has no steps of its own: each would cost seven
 * statements and tell us what the rows tell already.
 *
 * Every process may enqueue. Those of role `worker` and `all` also work: {@link PublishingEngine.start}.
 */
export class PublishingEngine {
  readonly #options: EngineOptions;
  readonly #client: DBOSClient;
  readonly #stop = new AbortController();
  /** The uploads of this process. */
  readonly uploads: UploadPlaces;
  /** What this process works on, by the workflow's id. */
  readonly #running = new Map<Promise<void>, string | undefined>();
  readonly #machineClock = new MachineClock();
  readonly #forgotten = new ForgottenWork();
  #lock: ExecutorLock | undefined;
  #restarting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: EngineOptions, client: DBOSClient) {
    this.#options = options;
    this.#client = client;
    this.uploads = new UploadPlaces(options.concurrency);
  }

  /** Gets ready to enqueue. */
  static async open(options: EngineOptions): Promise<PublishingEngine> {
    const { DBOSClient } = await import('@dbos-inc/dbos-sdk');
    const client = await DBOSClient.create({
      systemDatabaseUrl: withoutPassword(options.databaseUrl),
      systemDatabasePool: options.database.pool,
      systemDatabaseSchemaName: DBOS_SCHEMA,
      applicationName: APPLICATION,
      logger: toEngineLog(options.log),
    });
    return new PublishingEngine(options, client);
  }

  /** Lets some process work on an attempt, once the transaction that made it is committed. */
  async enqueue(tx: Transaction, attempt: WorkflowInput): Promise<void> {
    const { attemptId, isAgain = false, workspaceId } = attempt;
    await this.#client.enqueueInTransaction(
      clientOf(tx),
      {
        queueName: QUEUE,
        workflowName: WORKFLOW,
        // One that goes on after a rest is another workflow: the former one has ended.
        workflowID: isAgain ? `${attemptId}:${randomUUID()}` : attemptId,
        appVersion: VERSION,
        applicationName: APPLICATION,
      },
      workspaceId,
      attemptId,
    );
  }

  /**
   * Begins to work on attempts, of all processes' making.
   *
   * @throws {StartError} If another server of this process does: DBOS is one a process.
   */
  async start(work: AttemptWork): Promise<void> {
    const { DBOS } = await import('@dbos-inc/dbos-sdk');
    if (DBOS.isInitialized()) throw oneAProcess();
    await reconnectSoon();
    const { concurrency, database, databaseUrl, log } = this.#options;
    this.#lock = await ExecutorLock.take(databaseUrl);
    DBOS.setConfig({
      name: APPLICATION,
      systemDatabaseUrl: withoutPassword(databaseUrl),
      systemDatabasePool: database.pool,
      systemDatabaseSchemaName: DBOS_SCHEMA,
      applicationVersion: VERSION,
      executorID: this.#lock.executorId,
      logger: toEngineLog(log),
      runMigrations: false,
      // Nothing of ours waits for messages, and the connection for them would be one more.
      useListenNotify: false,
      listenQueues: [QUEUE],
    });
    DBOS.registerWorkflow(
      (workspaceId: string, attemptId: string) =>
        this.#run(work, { workspaceId, attemptId }, DBOS.workflowID),
      { name: WORKFLOW },
    );
    await DBOS.launch();
    await DBOS.registerQueue(QUEUE, {
      // Those behind the uploads under way are at hand when a place is free; others of them wait for another process.
      workerConcurrency: 2 * concurrency,
      minPollingIntervalMs: POLL_MS,
      onConflict: 'always_update',
    });
    log.info({ executor_id: this.#lock.executorId }, 'this process publishes');
  }

  /** Ids of the processes that hold work and live no more; none as long as that is not certain. */
  async listDeadExecutors(): Promise<string[]> {
    if (this.#lock?.isSettled !== true) return [];
    return findDeadExecutors(this.#options.database, this.#lock.executorId);
  }

  /** Lets others work on what these processes had under way. @returns How many attempts that were. */
  async takeOver(executorIds: readonly string[]): Promise<number> {
    if (executorIds.length === 0) return 0;
    return (await handOver(this.#options.database, executorIds)).length;
  }

  /**
   * Lets others work on what this process has claimed and never began: the claim was committed, and the answer lost with
   * the connection, so that DBOS does not know of it.
   *
   * @returns How many attempts that were.
   */
  async letGoOfForgotten(): Promise<number> {
    if (this.#lock === undefined) return 0;
    const { database } = this.#options;
    const { executorId } = this.#lock;
    const held = await findHeldBy(database, executorId);
    const ids = this.#forgotten.find(held, new Set(this.#running.values()));
    if (ids.length === 0) return 0;
    return (await handOver(database, [executorId], ids)).length;
  }

  /**
   * Goes on to take attempts after the machine's clock was set back: DBOS would sleep until it shows again what it
   * showed.
   *
   * @returns Whether it was.
   */
  async followMachineClock(): Promise<boolean> {
    if (!this.#machineClock.wasSetBack() || this.#stop.signal.aborted) return false;
    this.#restarting = restartDispatch(QUEUE);
    await this.#restarting;
    return true;
  }

  /** Of these attempts, those that nobody works on, nor will. */
  async findAbandoned(attemptIds: readonly string[]): Promise<string[]> {
    if (attemptIds.length === 0) return [];
    const alive = await this.#client.listWorkflows({
      workflow_id_prefix: [...attemptIds],
      status: ['PENDING', 'ENQUEUED'],
      loadInput: false,
      loadOutput: false,
    });
    const cared = new Set(alive.map(({ workflowID }) => workflowID.split(':', 1)[0]));
    return attemptIds.filter((id) => !cared.has(id));
  }

  /** Forgets workflows that ended a while ago: the rows of their attempts stay. @returns How many that were. */
  async deleteOld(limit: number): Promise<number> {
    const old = await this.#client.listWorkflows({
      status: ['SUCCESS', 'ERROR', 'CANCELLED'],
      completedBefore: new Date(Date.now() - KEEP_MS).toISOString(),
      limit,
      loadInput: false,
      loadOutput: false,
    });
    const ids = old.map(({ workflowID }) => workflowID);
    if (ids.length > 0) await this.#client.deleteWorkflows(ids);
    return ids.length;
  }

  /** Stops working, and hands back what is under way: others go on with it at once. May be called twice. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop.abort(new Error('The server stops'));
    if (this.#lock !== undefined) await this.#handBack(this.#lock);
    await this.#client.destroy();
  }

  async #handBack(lock: ExecutorLock): Promise<void> {
    const { DBOS } = await import('@dbos-inc/dbos-sdk');
    await Promise.allSettled([...this.#running.keys(), this.#restarting]);
    // What came to its end is written down by DBOS meanwhile; what did not never ends here.
    const isAllDone = this.#running.size === 0;
    await DBOS.shutdown({
      deregister: true,
      ...(isAllDone ? { workflowCompletionTimeoutMS: SHUTDOWN_MS } : {}),
    });
    try {
      await this.takeOver([lock.executorId]);
    } catch (error) {
      // The database is away, or full: who finds our lock free does the same a moment later.
      this.#options.log.warn({ err: error }, 'what is under way could not be handed back');
    }
    await lock.release();
    await this.uploads.close();
  }

  /** One run of an attempt. Cut off by our own stop it never settles: DBOS must take it neither for done nor for failed. */
  async #run(
    work: AttemptWork,
    attempt: Parameters<AttemptWork>[0],
    workflowId: string | undefined,
  ): Promise<void> {
    const run = work(attempt, this.#stop.signal);
    this.#running.set(run, workflowId);
    try {
      await run;
      this.#running.delete(run);
    } catch (error) {
      if (this.#stop.signal.aborted) await new Promise(() => undefined);
      this.#running.delete(run);
      throw error;
    }
  }
}

const WORKFLOW = 'publish-attempt';
/** Of the workflow, not of Greenroom: to change only when an old process must not work on what a new one makes. */
const VERSION = 'publish-1';
const POLL_MS = 100;
const SHUTDOWN_MS = 2_000;
const KEEP_MS = 3_600_000;

/** It has the pool; the address is only written into its log. */
function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  return url.href;
}

function oneAProcess(): StartError {
  return new StartError(
    'one_worker_a_process',
    'Another server of this very process publishes already.',
    { remedy: 'Start this one in role web (GREENROOM_ROLE), or in a process of its own.' },
  );
}

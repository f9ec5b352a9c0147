import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GreenroomProcess } from '../support/greenroom-process.ts';
import { makeVideo } from '../support/media-files.ts';
import { Site, type SiteAccount } from '../support/site.ts';
import { type SlowHost, startSlowHost } from '../support/slow-host.ts';
import { until } from '../support/until.ts';
import { type Flow, fillShelf, type Shelf, type Transfer } from './flows.ts';
import { HOOK_FLAGS, HookedProcess } from './hooked-process.ts';
import { type DeathOrder, ORDER_VARIABLE, REWRITTEN_VARIABLE } from './orders.ts';
import { writeRewritten } from './publish-path.ts';

/** Workers on PostgreSQL. */
const WORKERS = 3;
/** TikTok takes five drafts a day of a creator, and six inits a minute. */
const MOST_POSTS_OF_AN_ACCOUNT = 4;
const READY_MS = 60_000;

/** Who died of an order. */
export interface Death {
  /** By `performance.now()`. */
  readonly at: number;
  readonly signal: NodeJS.Signals | null;
  readonly process: GreenroomProcess;
}

/** One installation, used again after each kill. */
export class Arena implements AsyncDisposable {
  readonly site: Site;
  readonly shelf: Shelf;
  /** Serves the video that is held. */
  readonly host: SlowHost;
  readonly #folder: string;
  readonly #stack: AsyncDisposableStack;
  readonly #hooked = new Map<GreenroomProcess, HookedProcess>();
  readonly #deaths: Death[] = [];
  #orders = 0;
  #account: { readonly account: SiteAccount; left: number } | undefined;

  private constructor(parts: {
    readonly site: Site;
    readonly shelf: Shelf;
    readonly host: SlowHost;
    readonly folder: string;
    readonly stack: AsyncDisposableStack;
  }) {
    this.site = parts.site;
    this.shelf = parts.shelf;
    this.host = parts.host;
    this.#folder = parts.folder;
    this.#stack = parts.stack;
  }

  /** @param ownerUrl - Of a PostgreSQL; undefined: the embedded engine. */
  static async open(
    ownerUrl: string | undefined,
    transfer: Transfer,
    flows: readonly Flow[],
  ): Promise<Arena> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-orders-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const rewritten = join(folder, 'rewritten.json');
    writeRewritten(rewritten);
    const env = { GREENROOM_VIDEO_TRANSFER: transfer, [REWRITTEN_VARIABLE]: rewritten };
    const site = stack.use(await Site.start({ ownerUrl, env, flags: HOOK_FLAGS }));
    await site.tiktok.control.patchSettings({ processing_seconds: 0.3, moderation_seconds: 0.2 });
    const host = stack.use(await startSlowHost(await makeVideo()));
    const shelf = await fillShelf(site, host, flows);
    const arena = new Arena({ site, shelf, host, folder, stack: stack.move() });
    if (site.isEmbedded) for (const process of site.workers) arena.#take(process);
    await arena.muster();
    return arena;
  }

  /** An account that can take one more post without waiting. */
  async nextAccount(): Promise<SiteAccount> {
    if (this.#account === undefined || this.#account.left === 0) {
      this.#account = { account: await this.site.connect(), left: MOST_POSTS_OF_AN_ACCOUNT };
    }
    this.#account.left -= 1;
    return this.#account.account;
  }

  /** Lets the next post be another account's. */
  retireAccount(): void {
    this.#account = undefined;
  }

  /** Brings the number of workers up to what it should be, and waits until all of them work. Nobody else may follow deaths meanwhile. */
  async muster(): Promise<void> {
    const { site } = this;
    const wanted = site.isEmbedded ? 1 : WORKERS;
    for (let areReady = false; !areReady; ) {
      // An order may have been obeyed when the case was over, even by one that was not ready yet.
      for (let death = this.takeDeath(); death !== undefined; death = this.takeDeath()) {
        this.#forget(death.process);
      }
      while (site.workers.length < wanted) this.#take(site.startWorker());
      const starts = await Promise.allSettled(site.workers.map(({ ready }) => ready));
      areReady = starts.every(({ status }) => status === 'fulfilled');
    }
    await this.untilAnswering();
  }

  /** Waits until the process that answers is there: on the embedded engine it is the one that dies. */
  async untilAnswering(): Promise<void> {
    if (!this.site.isEmbedded) return;
    const look = async () => {
      const answer = await fetch(`${this.site.url}/readyz`).catch(() => undefined);
      return answer?.ok === true ? true : undefined;
    };
    await until(look, { what: 'the server is ready', timeoutMs: READY_MS });
  }

  /** Gives all workers an order, or takes it back; tells where they were since they were asked last. */
  async order(order: DeathOrder | null): Promise<ReadonlySet<string>> {
    const heard = await Promise.all([...this.#hooked.values()].map((one) => one.order(order)));
    return new Set(heard.flat());
  }

  /** Makes an order that nobody obeyed yet. */
  makeOrder(death: Omit<DeathOrder, 'claimFile'>): DeathOrder {
    this.#orders += 1;
    return { ...death, claimFile: join(this.#folder, `${this.#orders}`) };
  }

  /** The worker that died first of those not asked about yet. */
  takeDeath(): Death | undefined {
    const death = this.#deaths.shift();
    if (death === undefined || death.signal === 'SIGKILL') return death;
    throw new Error(`A worker ended by itself with ${death.signal}:\n${death.process.log()}`);
  }

  /** Puts another worker in the place of a dead one, with an order of its own from the start. */
  replace(dead: GreenroomProcess, order: DeathOrder | null): void {
    this.#forget(dead);
    const env: Record<string, string> =
      order === null ? {} : { [ORDER_VARIABLE]: JSON.stringify(order) };
    this.#take(this.site.startWorker({ env }));
  }

  /** Whether an order was obeyed, by the file that the one who died left behind. */
  async wasObeyed({ claimFile, site }: DeathOrder): Promise<boolean> {
    const text = await readFile(claimFile, 'utf8').catch(() => undefined);
    return text?.includes(site) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }

  #take(process: GreenroomProcess): void {
    this.#hooked.set(process, new HookedProcess(process.child));
    process.child.once('exit', (_code, signal) => {
      this.#deaths.push({ at: performance.now(), signal, process });
    });
  }

  #forget(dead: GreenroomProcess): void {
    this.site.forget(dead);
    this.#hooked.delete(dead);
  }
}

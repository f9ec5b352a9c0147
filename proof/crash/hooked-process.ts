import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DeathOrder, FromProcess, ToProcess } from './orders.ts';

const hook = fileURLToPath(new URL('hook.ts', import.meta.url));

/** Flags of Node that let a process die on order; it needs an IPC channel besides. */
export const HOOK_FLAGS: readonly string[] = ['--import', hook];

/** Gives orders to a process that was started with {@link HOOK_FLAGS}. */
export class HookedProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reached: readonly string[]) => void>();
  #lastId = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: FromProcess) => {
      this.#waiting.get(message.id)?.(message.reached);
      this.#waiting.delete(message.id);
    });
    // Whoever waits for a word of the dead waits no more.
    child.on('exit', () => {
      for (const resolve of this.#waiting.values()) resolve([]);
      this.#waiting.clear();
    });
  }

  /** Gives an order, or takes it back, and tells the places that the process came to since the last word. */
  async order(order: DeathOrder | null): Promise<readonly string[]> {
    if (!this.#child.connected) return [];
    this.#lastId += 1;
    const id = this.#lastId;
    const message: ToProcess = { id, order };
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send(message, (error) => {
        // It died while we spoke.
        if (error !== null) resolve([]);
      });
    });
  }
}

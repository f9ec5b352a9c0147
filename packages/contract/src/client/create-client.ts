import type { Operation } from '../operation.ts';
import { operations } from '../operations.ts';
import { call } from './call.ts';
import type { CallOptions, Client } from './client-types.ts';

/** How {@link createClient} reaches Greenroom. */
export interface ClientOptions {
  /** Address of the server, such as `https://greenroom.example`. */
  readonly baseUrl: string;
  /** An API key, `grk_…`. Without it the cookies of a browser’s session are used. */
  readonly apiKey?: string | undefined;
  /** The workspace that is meant, for a person who belongs to several; an API key belongs to one. */
  readonly workspaceId?: string | undefined;
  /** Sends requests; by default the platform’s `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Deadline of each call, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

/**
 * Makes a client of Greenroom’s API. It uses web standards only, and checks what the server answers.
 *
 * Each method takes the fields of path, query and body side by side, and throws a {@link GreenroomError}
 * when there is no answer or the answer is a problem.
 *
 * @example
 * ```ts
 * import { createClient } from '@greenroom/contract';
 *
 * const greenroom = createClient({ baseUrl: 'http://127.0.0.1:8787', apiKey: 'grk_…' });
 * const account = await greenroom.getAccount({ id: '0f6f4f0e-7c3e-4f43-9d59-2b8a1f3f6a10' });
 * for await (const entry of greenroom.each.listActivity({ account_id: account.id })) {
 *   console.log(entry.at, entry.words);
 * }
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const methods: Record<string, unknown> = {};
  const each: Record<string, unknown> = {};
  for (const operation of Object.values<Operation>(operations)) {
    const method = (input: Fields = {}, callOptions: CallOptions = {}) =>
      call(options, operation, input, callOptions);
    methods[operation.id] = method;
    if (operation.query !== undefined && 'cursor' in operation.query.shape) {
      // Whatever takes a cursor answers in pages: a test holds the contract to it.
      each[operation.id] = iterate(method as PageMethod);
    }
  }
  // `call` checks each answer by the schema that the method's type is made of.
  return { ...methods, each } as unknown as Client;
}

type Fields = Readonly<Record<string, unknown>>;
type Page = { readonly items: readonly unknown[]; readonly next_cursor: string | null };
type PageMethod = (input: Fields, options: CallOptions) => Promise<Page>;

function iterate(method: PageMethod) {
  return async function* (input: Fields = {}, options: CallOptions = {}): AsyncGenerator<unknown> {
    let cursor: string | null = null;
    do {
      const page: Page = await method(cursor === null ? input : { ...input, cursor }, options);
      yield* page.items;
      cursor = page.next_cursor;
    } while (cursor !== null);
  };
}

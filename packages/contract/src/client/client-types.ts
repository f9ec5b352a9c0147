import type { z } from 'zod';
import type { Operation } from '../operation.ts';
import type { Operations } from '../operations.ts';

/** How one call is made. */
export interface CallOptions {
  /** Cancels the call; what it throws then is the signal's reason. */
  readonly signal?: AbortSignal;
  /** Deadline of the call, in milliseconds. Default: that of the client. */
  readonly timeoutMs?: number;
  /**
   * Makes a write that creates safe to repeat for 24 hours: the same key and body get the first answer
   * again. What is shown once is `null` in it. Up to 255 characters of printable ASCII, such as a UUID.
   */
  readonly idempotencyKey?: string;
}

type SchemaInput<O, Part extends 'params' | 'query' | 'body'> =
  O extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? z.input<Schema> : unknown;

/** What a call of an operation takes: the fields of its path, query and body, side by side. */
export type InputOf<O> = SchemaInput<O, 'params'> &
  SchemaInput<O, 'query'> &
  SchemaInput<O, 'body'>;

/** What a call of an operation gives; `undefined` where the answer has no body. */
export type OutputOf<O extends Operation> = {
  [Status in keyof O['answers']]: O['answers'][Status] extends z.ZodType
    ? z.output<O['answers'][Status]>
    : undefined;
}[keyof O['answers']];

/** One operation as a method of the client. */
export type ClientMethod<O extends Operation> =
  Record<never, never> extends InputOf<O>
    ? (input?: InputOf<O>, options?: CallOptions) => Promise<OutputOf<O>>
    : (input: InputOf<O>, options?: CallOptions) => Promise<OutputOf<O>>;

/** Names of the operations that answer in pages. */
export type PagedOperationId = {
  [Id in keyof Operations]: OutputOf<Operations[Id]> extends PageOf<unknown> ? Id : never;
}[keyof Operations];

/** Entries of a list. */
export type ItemOf<O extends Operation> = OutputOf<O> extends PageOf<infer Item> ? Item : never;

/** A page of a list. */
interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

/** A list as an iteration over all its entries; pages are fetched as they are needed. */
export type ClientIteration<O extends Operation> = (
  input?: Omit<InputOf<O>, 'cursor'>,
  options?: CallOptions,
) => AsyncIterable<ItemOf<O>>;

/** Greenroom’s API as methods, one an operation, under the operation’s name. */
export type Client = { readonly [Id in keyof Operations]: ClientMethod<Operations[Id]> } & {
  /** The lists, as iterations over all their entries. */
  readonly each: { readonly [Id in PagedOperationId]: ClientIteration<Operations[Id]> };
};

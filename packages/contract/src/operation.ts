import type { z } from 'zod';
import type { ProblemCode } from './problems.ts';

/** Schemas of what an operation answers when it worked, by status; `null`: no body. */
export type Answers = Readonly<Record<number, z.ZodType | null>>;

/** One operation of Greenroom's HTTP API: where it is, what it takes, what it answers. */
export interface Operation {
  /** Its name, in the OpenAPI document, in the client and in the table of access. */
  readonly id: string;
  /** Method of HTTP. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Under `/api/v1`; parameters in braces. */
  readonly path: `/${string}`;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** What else is to know. */
  readonly description?: string;
  /** Parameters of the path. */
  readonly params?: z.ZodObject;
  /** Parameters of the query. */
  readonly query?: z.ZodObject;
  /** The JSON body; always an object. */
  readonly body?: z.ZodObject;
  /** What it answers when it worked, by status. */
  readonly answers: Answers;
  /** Problems of its own, beside those that every operation may answer. */
  readonly problems: readonly ProblemCode[];
  /** Bytes that its body may have, where that is more than the server takes otherwise. */
  readonly bodyBytes?: number;
  /** It creates something, so it takes an `Idempotency-Key`. */
  readonly creates?: true;
  /** Fields at the top of its answer that are shown once: never stored, and `null` in a replay. */
  readonly onceFields?: readonly string[];
}

/** Describes an operation, keeping the exact types of its schemas. */
export function operation<const Plan extends Operation>(plan: Plan): Plan {
  return plan;
}

/** What the path of an operation carries, checked. */
export type ParamsOf<O> = O extends { readonly params: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** What the query of an operation carries, checked and with its defaults. */
export type QueryOf<O> = O extends { readonly query: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** What the body of an operation carries, checked and with its defaults. */
export type BodyOf<O> = O extends { readonly body: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** What an operation answers: a status, and the body that belongs to it. */
export type AnswerOf<O extends Operation> = {
  [Status in keyof O['answers'] & number]: O['answers'][Status] extends z.ZodType
    ? { readonly status: Status; readonly body: z.input<O['answers'][Status]> }
    : { readonly status: Status; readonly body?: undefined };
}[keyof O['answers'] & number];

import { z } from 'zod';

/** Which requests a fault rule is about. */
const FaultMatchSchema = z.strictObject({
  /** HTTP method; default: any. */
  method: z.string().min(1).optional().meta({ description: 'HTTP method; default: any.' }),
  /** Exact path, or the start of one when it ends in *; default: any. */
  path: z
    .string()
    .regex(/^(\/|\*$)/)
    .optional()
    .meta({
      description: 'Exact path, or the start of one when it ends in *; default: any.',
    }),
  /** Only the nth matching request, from 1. */
  nth: z.int().min(1).optional().meta({ description: 'Only the nth matching request, from 1.' }),
  /** Share of the matching requests. */
  probability: z.number().min(0).max(1).optional().meta({
    description: 'Share of the matching requests.',
  }),
});

/** Headers that say how an answer is framed: the emulator sets them. */
const FRAMING = /^(connection|content-length|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;
const HeaderName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~\w-]+$/)
  .refine((name) => !FRAMING.test(name), { message: 'the emulator sets it itself' });
/** Tab and visible ASCII: beyond these, whoever reads a header guesses its encoding. */
const HeaderValue = z.string().regex(/^[\t\x20-\x7e]*$/);

/** What becomes of such a request. */
const FaultActionSchema = z.strictObject({
  /** HTTP status that is answered instead of any effect. */
  status: z.int().min(200).max(599).optional().meta({
    description: 'HTTP status that is answered instead of any effect.',
  }),
  /** Error code that is answered instead of any effect. */
  code: z.string().min(1).optional().meta({
    description: 'Error code that is answered instead of any effect.',
  }),
  /** Replaces the sentence that goes with the code. */
  message: z.string().optional().meta({
    description: 'Replaces the sentence that goes with the code.',
  }),
  /** Answered as it is instead of TikTok’s shape, as a proxy would answer. */
  body: z.string().optional().meta({
    description: 'Answered as it is instead of TikTok’s shape, as a proxy would answer.',
  }),
  /** Headers of that answer, such as Location or Retry-After. */
  headers: z.record(HeaderName, HeaderValue).optional().meta({
    description: 'Headers of that answer, such as Location or Retry-After.',
  }),
  /** How the post made by this init ends. */
  fail_reason: z.string().min(1).optional().meta({
    description: 'How the post made by this init ends.',
  }),
  /** Real time that passes before the request is looked at. */
  delay_ms: z.number().min(0).max(600_000).optional().meta({
    description: 'Real time that passes before the request is looked at.',
  }),
  /** The TCP connection is cut before or after the effect, without an answer. */
  drop: z.enum(['before', 'after']).optional().meta({
    description: 'The TCP connection is cut before or after the effect, without an answer.',
  }),
  /** Only so many bytes of the answer’s body are sent, then the connection is cut. */
  truncate_bytes: z.int().min(0).optional().meta({
    description: 'Only so many bytes of the answer’s body are sent, then the connection is cut.',
  }),
  /** Pace of the answer’s body. */
  bytes_per_second: z.number().positive().optional().meta({
    description: 'Pace of the answer’s body.',
  }),
});

/** A fault rule as it is asked for. */
export const FaultRuleInputSchema = z.strictObject({
  match: FaultMatchSchema.default({}),
  action: FaultActionSchema.refine((action) => Object.keys(action).length > 0, {
    message: 'needs at least one of its fields',
  }),
  /** How often it is applied before it deletes itself; default: until deleted. */
  times: z.int().min(1).optional().meta({
    description: 'How often it is applied before it deletes itself; default: until deleted.',
  }),
});

/** A fault rule that is in force. */
export const FaultRuleSchema = z.object({
  id: z.int(),
  match: FaultMatchSchema,
  action: FaultActionSchema,
  /** Applications left; null: until deleted. */
  times: z.int().nullable().meta({ description: 'Applications left; null: until deleted.' }),
  /** Matching requests so far. */
  matched: z.int().meta({ description: 'Matching requests so far.' }),
  /** Requests it was applied to so far. */
  applied: z.int().meta({ description: 'Requests it was applied to so far.' }),
});

/** What becomes of a request that a fault rule is applied to. */
export type FaultAction = z.output<typeof FaultActionSchema>;
/** A fault rule as it is asked for. */
export type FaultRuleInput = z.input<typeof FaultRuleInputSchema>;
/** A fault rule that is in force. */
export type FaultRule = z.output<typeof FaultRuleSchema>;

/** The fault rules in force. For each request the oldest rule that applies is the one that counts. */
export class Faults {
  #rules: FaultRule[] = [];
  #lastId = 0;
  readonly #random: () => number;

  /** @param random - Draws from [0, 1) for `probability`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Adds a rule. */
  add(input: FaultRuleInput): FaultRule {
    const { match, action, times } = FaultRuleInputSchema.parse(input);
    this.#lastId += 1;
    const rule = { id: this.#lastId, match, action, times: times ?? null, matched: 0, applied: 0 };
    this.#rules.push(rule);
    return rule;
  }

  /** The rules in force, oldest first. */
  list(): readonly FaultRule[] {
    return this.#rules;
  }

  /** Deletes a rule; false when there is none of that id. */
  delete(id: number): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
    return this.#rules.length < before;
  }

  /** Counts a request, and returns the rule that is applied to it. */
  take(method: string, path: string): FaultRule | undefined {
    if (this.#rules.length === 0) return undefined;
    const matching = this.#rules.filter((rule) => isAbout(rule, method, path));
    for (const rule of matching) rule.matched += 1;
    const chosen = matching.find((rule) => this.#applies(rule));
    if (chosen !== undefined) this.#use(chosen);
    return chosen;
  }

  /** What a snapshot keeps. */
  save(): { readonly rules: FaultRule[]; readonly last_id: number } {
    return { rules: this.#rules, last_id: this.#lastId };
  }

  /** Goes back to what a snapshot kept. */
  load(saved: { readonly rules: readonly FaultRule[]; readonly last_id: number }): void {
    this.#rules = [...saved.rules];
    this.#lastId = saved.last_id;
  }

  #applies(rule: FaultRule): boolean {
    const { nth, probability } = rule.match;
    if (nth !== undefined && rule.matched !== nth) return false;
    return probability === undefined || this.#random() < probability;
  }

  #use(rule: FaultRule): void {
    rule.applied += 1;
    if (rule.times === null) return;
    rule.times -= 1;
    if (rule.times === 0) this.delete(rule.id);
  }
}

function isAbout({ match }: FaultRule, method: string, path: string): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  if (match.path === undefined) return true;
  return match.path.endsWith('*') ? path.startsWith(match.path.slice(0, -1)) : path === match.path;
}

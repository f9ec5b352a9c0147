import { channel } from 'node:diagnostics_channel';
import { type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { SWEEP_CHANNEL } from '../runtime/sweeper.ts';
import type { ActiveSpan } from './active-span.ts';

/** Makes a span of each round of a sweep, above the calls to TikTok that it makes. */
export function traceSweeps(tracer: Tracer, active: ActiveSpan): () => void {
  const spans = new WeakMap<object, Span>();
  const begun = channel(`tracing:${SWEEP_CHANNEL}:start`);
  const failed = channel(`tracing:${SWEEP_CHANNEL}:error`);
  const ended = channel(`tracing:${SWEEP_CHANNEL}:asyncEnd`);
  // The sweeper's message, the same object on all three.
  const spanOf = (message: unknown) => spans.get(message as object);
  const onFailed = (message: unknown) =>
    void spanOf(message)?.setStatus({ code: SpanStatusCode.ERROR });
  const onEnded = (message: unknown) => spanOf(message)?.end();
  begun.bindStore(active.storage, (message) => {
    const round = message as { readonly sweep: string };
    const span = tracer.startSpan(`sweep ${round.sweep}`);
    spans.set(round, span);
    return span;
  });
  failed.subscribe(onFailed);
  ended.subscribe(onEnded);
  return () => {
    begun.unbindStore(active.storage);
    failed.unsubscribe(onFailed);
    ended.unsubscribe(onEnded);
  };
}

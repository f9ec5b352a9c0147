import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';

/** The span that the present asynchronous work belongs to. */
export class ActiveSpan {
  /** Bound to the channels that mark the begin of work. */
  readonly storage = new AsyncLocalStorage<Span | undefined>();

  /** Context in which a child of the active span is started; the root when none is active. */
  get context(): Context {
    const span = this.storage.getStore();
    return span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span);
  }
}

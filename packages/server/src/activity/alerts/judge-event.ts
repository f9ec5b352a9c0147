import { explain, explainFailReason } from '@greenroom/sdk';
import type { EventRow } from '../../events/read-events.ts';
import type { AlertKind } from './alert-kinds.ts';
import type { NewAlert } from './alerts.ts';

/** What an event does to alerts. */
export type AlertAct =
  | { readonly act: 'raise'; readonly alert: NewAlert }
  /** Raised when posts of the account failed that often, and none went out in between. */
  | { readonly act: 'count_failures'; readonly alert: NewAlert; readonly accountId: string }
  | { readonly act: 'resolve'; readonly kind: AlertKind; readonly subject: string };

/** Failures of an account in a row that are worth an alert. */
export const FAILURES_IN_A_ROW = 3;

type Event = Pick<EventRow, 'type' | 'post_id' | 'account_id' | 'details'>;

/** Says what an event means for alerts: the one place of these rules. */
export function judgeEvent(event: Event): AlertAct[] {
  switch (event.type) {
    case 'post.state_changed':
      return [...judgeState(event), ...judgeFailReason(event)];
    case 'post.waits':
      return judgeWait(event, textOf(event, 'reason'));
    case 'post.contradicted':
      return [raise('contradiction', event.post_id, event)];
    case 'request.answered':
      return judgeAnswer(event);
    case 'account.connected':
      return [
        resolve('reconnect_needed', event.account_id),
        resolve('refresh_failing', event.account_id),
      ];
    case 'account.state_changed':
      return textOf(event, 'to') === 'reconnect_needed'
        ? [raise('reconnect_needed', event.account_id, event)]
        : [resolve('reconnect_needed', event.account_id)];
    default:
      return [];
  }
}

/** Refusals that tell of a cap of TikTok's. */
const CAP_REFUSALS: ReadonlySet<string> = new Set([
  'spam_risk_too_many_posts',
  'spam_risk_too_many_pending_share',
  'reached_active_user_cap',
]);

/** A person's doing, or the creator's: nothing is broken. */
export const NO_FAILURES: ReadonlySet<string> = new Set(['discarded', 'resolved_not_posted']);

function judgeState(event: Event): AlertAct[] {
  const { account_id: accountId, post_id: postId } = event;
  const acts: AlertAct[] = [];
  const reason = textOf(event, 'reason');
  if (textOf(event, 'from') === 'unknown') acts.push(resolve('outcome_unknown', postId));
  switch (textOf(event, 'to')) {
    case 'unknown':
      acts.push(raise('outcome_unknown', postId, event));
      break;
    case 'failed':
      if (accountId !== null && !NO_FAILURES.has(reason)) {
        const alert = toAlert('repeated_failures', accountId, event);
        acts.push({ act: 'count_failures', alert, accountId });
      }
      break;
    case 'held':
      if (CAP_REFUSALS.has(reason)) acts.push(raise('cap_reached', accountId, event));
      break;
    case 'processing':
      // It got through: TikTok is there, and every cap had a place.
      acts.push(
        resolve('cap_reached', accountId),
        resolve('tiktok_away', 'tiktok'),
        resolve('tiktok_away', accountId),
      );
      break;
    case 'published':
    case 'in_inbox':
      acts.push(resolve('repeated_failures', accountId));
      break;
    default:
  }
  return acts;
}

function judgeWait(event: Event, reason: string): AlertAct[] {
  if (reason.startsWith('cap_')) return [raise('cap_reached', event.account_id, event)];
  if (reason === 'status_unknown') {
    return [raise('unknown_answer', `status:${textOf(event, 'status')}`, event)];
  }
  // Of an account alone it is its own alert: posts of others, which go out, do not end it.
  if (reason === 'account_circuit_open') return [raise('tiktok_away', event.account_id, event)];
  if (reason === 'circuit_open') {
    return [raise('tiktok_away', 'tiktok', { ...event, account_id: null })];
  }
  return [];
}

/** An answer that the SDK's catalogue does not have: TikTok may have changed. */
function judgeAnswer(event: Event): AlertAct[] {
  const code = textOf(event, 'code');
  const isKnown = explain(code).isKnown || code === '' || code === 'ok' || code === 'aborted';
  // An error page of a gateway is no new form of an answer.
  const { status } = event.details;
  const isOfNewForm = DRIFT.has(code) && typeof status === 'number' && status < 500;
  if (isKnown && !isOfNewForm) return [];
  return [raise('unknown_answer', `${textOf(event, 'request')}:${code}`, event)];
}

/** Codes of the SDK's own for answers of a form that TikTok does not document. */
const DRIFT: ReadonlySet<string> = new Set(['answer_unexpected', 'answer_not_json']);

function judgeFailReason(event: Event): AlertAct[] {
  const reason = textOf(event, 'reason');
  if (event.details['fail_reason'] !== true || explainFailReason(reason).isKnown) return [];
  return [raise('unknown_answer', `fail_reason:${reason}`, event)];
}

function raise(kind: AlertKind, subject: string | null, event: Event): AlertAct {
  return { act: 'raise', alert: toAlert(kind, subject ?? '', event) };
}

function resolve(kind: AlertKind, subject: string | null): AlertAct {
  return { act: 'resolve', kind, subject: subject ?? '' };
}

function toAlert(kind: AlertKind, subject: string, event: Event): NewAlert {
  const facts = ['request', 'status', 'code', 'reason', 'log_id', 'until'].flatMap((name) => {
    const fact = event.details[name];
    return typeof fact === 'string' || typeof fact === 'number' ? [[name, fact] as const] : [];
  });
  return {
    kind,
    subject,
    accountId: event.account_id,
    postId: event.post_id,
    details: Object.fromEntries(facts),
  };
}

function textOf({ details }: Event, name: string): string {
  const value = details[name];
  return typeof value === 'string' ? value : '';
}

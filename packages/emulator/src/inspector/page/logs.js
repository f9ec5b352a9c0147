import { badge, byId, element, message, shortTime } from './dom.js';

/** Rows that are kept on the page; the control API has more. */
const ROWS_SHOWN = 200;

/**
 * A list that grows at its top, in a tab.
 *
 * @param {{ panel: string, empty: string, loading: string, toRow: (entry: any) => Node[] }} options
 */
export function startLog({ panel, empty, loading, toRow }) {
  const box = byId(`panel-${panel}`);
  const rows = new Map();
  const list = element('ol', { class: 'log' });
  let isLoaded = false;
  box.replaceChildren(message('loading', loading));

  return {
    /** Adds new entries, and changes those that are there already. Oldest first. */
    add(entries) {
      for (const entry of entries) {
        const text = JSON.stringify(entry);
        const known = rows.get(entry.id);
        if (known?.text === text) continue;
        const item = element('li', {}, ...toRow(entry));
        if (known === undefined) list.prepend(item);
        else known.item.replaceWith(item);
        rows.set(entry.id, { item, text });
      }
      for (const [id, { item }] of rows) {
        if (rows.size <= ROWS_SHOWN) break;
        item.remove();
        rows.delete(id);
      }
      const first = box.firstElementChild;
      if (rows.size === 0) {
        if (!isLoaded || first === list) box.replaceChildren(message('empty', empty));
      } else if (first !== list) {
        box.replaceChildren(list);
      }
      isLoaded = true;
    },
    clear() {
      rows.clear();
      list.replaceChildren();
      isLoaded = false;
    },
    fail(text, retry) {
      if (!isLoaded) box.replaceChildren(message('failed', text, retry));
    },
  };
}

function statusBadge({ status, code }) {
  if (status === null) return badge('cut', 'bad');
  const isGood = status < 400 && (code === null || code === 'ok');
  const words = code === null || code === undefined ? `${status}` : `${status} ${code}`;
  return badge(words, isGood ? 'good' : 'bad');
}

/** One request to TikTok's endpoints. */
export function requestRow(request) {
  const who = [request.app, request.creator && `@${request.creator}`].filter(Boolean).join(' as ');
  return [
    element(
      'div',
      { class: 'line' },
      element('code', {}, `${request.method} ${request.path}`),
      statusBadge(request),
      request.fault !== null && badge(`fault ${request.fault}`, 'warn'),
    ),
    element(
      'div',
      { class: 'line quiet' },
      element('time', { datetime: request.time }, shortTime(request.time)),
      who !== '' && element('span', {}, who),
      element('code', {}, request.log_id),
    ),
  ];
}

/** One rule that a client broke. */
export function violationRow(violation) {
  const { request } = violation;
  return [
    element(
      'div',
      { class: 'line' },
      badge(violation.rule, 'warn'),
      element('span', {}, violation.detail),
    ),
    element(
      'div',
      { class: 'line quiet' },
      element('time', { datetime: violation.time }, shortTime(violation.time)),
      request !== null && element('code', {}, `${request.method} ${request.path}`),
      documentLink(violation.document),
    ),
  ];
}

function documentLink(address) {
  const name = address.split('/').at(-1);
  return element(
    'a',
    { href: address, target: '_blank', rel: 'noreferrer', title: address },
    `document: ${name}`,
  );
}

/** One webhook and how its delivery goes. */
export function webhookRow(webhook) {
  const { attempts } = webhook;
  const last = attempts.at(-1);
  return [
    element(
      'div',
      { class: 'line' },
      element('code', {}, webhook.event),
      badge(stateOf(webhook, last), toneOf(webhook, last)),
    ),
    element(
      'div',
      { class: 'line quiet' },
      last !== undefined && element('time', { datetime: last.time }, shortTime(last.time)),
      element('span', {}, `to ${webhook.client_key}`),
      element('span', {}, attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`),
      last?.error && element('span', {}, last.error),
    ),
  ];
}

function stateOf(webhook, last) {
  if (webhook.state === 'undelivered') return 'no webhook address';
  const answer = last === undefined ? 'due' : `answered ${last.status ?? 'nothing'}`;
  return webhook.state === undefined ? answer : `${webhook.state}, ${answer}`;
}

function toneOf(webhook, last) {
  if (webhook.state === 'delivered' || last?.status === 200) return 'good';
  return webhook.state === 'undelivered' || last === undefined ? 'neutral' : 'bad';
}

import { call, post } from './api.js';
import { badge, button, byId, element, listen, message } from './dom.js';
import { attempt } from './toast.js';

const PATHS = [
  '/v2/oauth/token/',
  '/v2/oauth/revoke/',
  '/v2/post/publish/creator_info/query/',
  '/v2/post/publish/video/init/',
  '/v2/post/publish/inbox/video/init/',
  '/v2/post/publish/content/init/',
  '/v2/post/publish/status/fetch/',
  '/v2/post/publish/cancel/',
  '/v2/user/info/',
  '/v2/video/list/',
  '/v2/video/query/',
  '/upload',
];

const CODES = [
  'internal_error',
  'rate_limit_exceeded',
  'access_token_invalid',
  'scope_not_authorized',
  'invalid_params',
  'spam_risk_too_many_posts',
  'spam_risk_user_banned_from_posting',
  'reached_active_user_cap',
  'unaudited_client_can_only_post_to_private_accounts',
  'url_ownership_unverified',
  'privacy_level_option_mismatch',
];

const FAIL_REASONS = [
  'file_format_check_failed',
  'duration_check_failed',
  'frame_rate_check_failed',
  'picture_size_check_failed',
  'internal',
  'video_pull_failed',
  'photo_pull_failed',
  'publish_cancelled',
  'auth_removed',
  'spam_risk_too_many_posts',
  'spam_risk_user_banned_from_posting',
  'spam_risk_text',
  'spam_risk',
];

/** What the number of some kinds counts. */
const AMOUNTS = { delay: 'Milliseconds', truncate: 'Bytes sent', slow: 'Bytes a second' };

/** The fault rules: what there is, adding one, deleting one. */
export function startFaults(refresh) {
  const box = byId('faults');
  let shown = '';
  box.replaceChildren(message('loading', 'Loading the faults…'));
  startForm(refresh);

  const remove = async (rule) => {
    await attempt(() => call('DELETE', `faults/${rule.id}`), `Fault ${rule.id} is deleted.`);
    await refresh();
  };

  return {
    /** Shows what `GET faults` said. */
    update(faults) {
      const now = JSON.stringify(faults);
      if (now === shown) return;
      shown = now;
      const rows = faults.map((rule) =>
        element(
          'li',
          {},
          element(
            'div',
            { class: 'line' },
            badge(`fault ${rule.id}`, 'warn'),
            element('strong', {}, describeAction(rule.action)),
            button('Delete', () => remove(rule), {
              class: 'plain small',
              'aria-label': `Delete fault ${rule.id}`,
            }),
          ),
          element('div', { class: 'line quiet' }, element('span', {}, describeMatch(rule))),
        ),
      );
      box.replaceChildren(
        rows.length === 0
          ? message('empty', 'No faults. Everything is answered as TikTok would.')
          : element('ol', { class: 'log' }, ...rows),
      );
    },
    fail(text, retry) {
      if (shown === '') box.replaceChildren(message('failed', text, retry));
    },
  };
}

function describeMatch({ match, times, applied }) {
  const which = match.nth === undefined ? 'every request' : `request number ${match.nth}`;
  const share = match.probability === undefined ? '' : `, ${match.probability * 100} % of them`;
  const where = `${match.method ?? ''} ${match.path ?? 'any path'}`.trim();
  const left = times === null ? 'until deleted' : `${times} more`;
  return `${which} to ${where}${share} · applied ${applied} times, ${left}`;
}

function describeAction(action) {
  const parts = [];
  if (action.status !== undefined || action.code !== undefined) {
    parts.push(`answers ${[action.status, action.code].filter(Boolean).join(' ')}`);
  }
  if (action.fail_reason !== undefined) parts.push(`the post ends ${action.fail_reason}`);
  if (action.delay_ms !== undefined) parts.push(`waits ${action.delay_ms} ms`);
  if (action.drop !== undefined) parts.push(`cuts the connection ${action.drop} the effect`);
  if (action.truncate_bytes !== undefined) parts.push(`sends ${action.truncate_bytes} bytes only`);
  if (action.bytes_per_second !== undefined) {
    parts.push(`sends ${action.bytes_per_second} bytes a second`);
  }
  return parts.join(', ');
}

function startForm(refresh) {
  const toOptions = (values) => values.map((value) => element('option', { value }, value));
  byId('fault-paths').append(...toOptions(PATHS));
  byId('fault-codes').append(...toOptions(CODES));
  byId('fault-reason').append(...toOptions(FAIL_REASONS));
  const kind = byId('fault-kind');
  const form = byId('fault-form');
  const showFields = () => {
    for (const field of form.querySelectorAll('[data-kind]')) {
      field.hidden = !field.dataset.kind.split(' ').includes(kind.value);
    }
    byId('fault-amount-label').textContent = AMOUNTS[kind.value] ?? '';
  };
  kind.addEventListener('change', showFields);
  showFields();
  listen(form, 'submit', async (event) => {
    event.preventDefault();
    await attempt(() => post('faults', readRule(kind.value)), 'The fault is in force.');
    await refresh();
  });
}

function readRule(kind) {
  const path = byId('fault-path').value.trim();
  const nth = readNumber('fault-nth');
  const times = readNumber('fault-times');
  return {
    match: { ...(path === '' ? {} : { path }), ...(nth === undefined ? {} : { nth }) },
    action: readAction(kind),
    ...(times === undefined ? {} : { times }),
  };
}

function readAction(kind) {
  const amount = readNumber('fault-amount') ?? 0;
  switch (kind) {
    case 'fail':
      return { fail_reason: byId('fault-reason').value };
    case 'delay':
      return { delay_ms: amount };
    case 'drop-before':
      return { drop: 'before' };
    case 'drop-after':
      return { drop: 'after' };
    case 'truncate':
      return { truncate_bytes: amount };
    case 'slow':
      return { bytes_per_second: amount };
    default:
      return readAnswer();
  }
}

function readAnswer() {
  const status = readNumber('fault-status');
  const code = byId('fault-code').value.trim();
  return { ...(status === undefined ? {} : { status }), ...(code === '' ? {} : { code }) };
}

function readNumber(id) {
  const value = byId(id).valueAsNumber;
  return Number.isNaN(value) ? undefined : value;
}

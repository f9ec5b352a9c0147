import { get, post } from './api.js';
import { startClock } from './clock.js';
import { startCreators } from './creators.js';
import { button, byId, listen } from './dom.js';
import { startFaults } from './faults.js';
import { startFeed } from './feed.js';
import { requestRow, startLog, violationRow, webhookRow } from './logs.js';
import { startSettings } from './settings.js';
import { startTabs } from './tabs.js';
import { attempt } from './toast.js';

/** Pause between two looks at the emulator, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Webhooks that may still be delivered are looked at again. */
const WEBHOOKS_AGAIN = 30;

const feed = startFeed(refresh);
const clock = startClock(refresh);
const creators = startCreators((username) => feed.choose(username));
const faults = startFaults(refresh);
const settings = startSettings(refresh);
const requests = startLog({
  panel: 'requests',
  loading: 'Loading the requests…',
  empty: 'No requests yet. They appear here as they come.',
  toRow: requestRow,
});
const violations = startLog({
  panel: 'violations',
  loading: 'Loading the violations…',
  empty: 'No rule was broken.',
  toRow: violationRow,
});
const webhooks = startLog({
  panel: 'webhooks',
  loading: 'Loading the webhooks…',
  empty: 'No webhooks yet. An app gets them when it has a webhook_url.',
  toRow: webhookRow,
});
const parts = [feed, creators, faults, settings, requests, violations, webhooks];

/** The last ids seen. */
let last = { requests: 0, violations: 0, webhooks: 0 };
let running;
let isWanted = false;

/** Looks at the emulator now; while a look is under way, one more follows it. */
function refresh() {
  if (running !== undefined) isWanted = true;
  running ??= look().finally(() => {
    running = undefined;
    if (!isWanted) return undefined;
    isWanted = false;
    return refresh();
  });
  return running;
}

async function look() {
  try {
    showState(await get('state'));
    const answers = await Promise.all([
      get('creators'),
      get(`posts?after=${feed.after}`),
      get(`requests?after=${last.requests}`),
      get(`violations?after=${last.violations}`),
      get(`webhooks?after=${Math.max(0, last.webhooks - WEBHOOKS_AGAIN)}`),
      get('faults'),
    ]);
    showLists(Object.assign({}, ...answers));
    setConnection('live', 'good');
  } catch (error) {
    setConnection('lost, trying again', 'bad');
    const retry = () => button('Try again', refresh, { class: 'small' });
    for (const part of parts) part.fail(error.message, retry());
  }
}

function showState({ dialect, clock: now, settings: values, counts }) {
  byId('dialect').textContent = dialect;
  clock.update(now);
  settings.update(values);
  byId('count-requests').textContent = counts.requests;
  byId('count-violations').textContent = counts.violations;
  byId('count-webhooks').textContent = counts.webhooks ?? '';
  byId('count-faults').textContent = counts.faults;
  // Fewer than were seen: somebody reset the emulator, and ids begin anew.
  if (counts.requests < last.requests || counts.violations < last.violations) forget();
}

function showLists(lists) {
  creators.update(lists.creators);
  feed.add(lists.posts);
  requests.add(lists.requests);
  violations.add(lists.violations);
  webhooks.add(lists.webhooks);
  faults.update(lists.faults);
  for (const name of Object.keys(last)) {
    last[name] = lists[name].at(-1)?.id ?? last[name];
  }
}

function forget() {
  last = { requests: 0, violations: 0, webhooks: 0 };
  for (const part of [feed, requests, violations, webhooks]) part.clear();
}

function setConnection(text, tone) {
  const shown = byId('connection');
  if (shown.textContent === text) return;
  shown.textContent = text;
  shown.className = tone;
}

function startReset() {
  const dialog = byId('reset-dialog');
  byId('reset').addEventListener('click', () => {
    dialog.returnValue = 'cancel';
    dialog.showModal();
  });
  listen(dialog, 'close', async () => {
    if (dialog.returnValue !== 'reset') return;
    await attempt(() => post('reset'), 'The emulator is as it was at the start.');
    forget();
    await refresh();
  });
}

async function keepLooking() {
  if (document.visibilityState === 'visible') await refresh();
  setTimeout(() => void keepLooking(), LOOK_EVERY_MS);
}

startTabs(document.querySelector('[role=tablist]'));
startReset();
listen(document, 'visibilitychange', refresh);
void keepLooking();

import { call } from './api.js';
import { byId, element, listen, message } from './dom.js';
import { attempt } from './toast.js';

/** Settings that are one of a few words or numbers. The rest tell by their value what they are. */
const CHOICES = {
  dialect: ['strict', 'observed', 'lenient'],
  moderation: ['approve', 'reject', 'manual'],
  oauth_error_status: [200, 400],
  post_id_form: ['number', 'string', 'single_number'],
  upload_progress_form: ['count', 'last_byte'],
  oversized_single_chunk: ['refuse', 'accept'],
  branded_self_only: ['refuse', 'accept'],
  webhook_retry_signature: ['fresh', 'first'],
};

/** The settings, each with a field of its own that takes effect when it is changed. */
export function startSettings(refresh) {
  const panel = byId('panel-settings');
  const inputs = new Map();
  panel.replaceChildren(message('loading', 'Loading the settings…'));

  const change = async (name, value) => {
    await attempt(() => call('PATCH', 'settings', { [name]: value }), `${name} is ${value}.`);
    await refresh();
  };

  const toField = ([name, value]) => {
    const input = toInput(name, value);
    input.id = `setting-${name}`;
    listen(input, 'change', () => change(name, readInput(input, value)));
    inputs.set(name, input);
    return element(
      'div',
      { class: 'setting' },
      element('label', { for: input.id }, name.replaceAll('_', ' ')),
      input,
    );
  };

  return {
    /** Shows what `GET state` said. */
    update(settings) {
      if (inputs.size === 0) {
        panel.replaceChildren(
          element('p', { class: 'quiet' }, 'A change takes effect at once.'),
          element('div', { class: 'settings' }, ...Object.entries(settings).map(toField)),
        );
      }
      for (const [name, value] of Object.entries(settings)) {
        const input = inputs.get(name);
        // What somebody is typing in stays theirs.
        if (input === undefined || input === document.activeElement) continue;
        if (input.type === 'checkbox') input.checked = value;
        else input.value = String(value);
      }
    },
    fail(text, retry) {
      if (inputs.size === 0) panel.replaceChildren(message('failed', text, retry));
    },
  };
}

function toInput(name, value) {
  const choices = CHOICES[name];
  if (choices !== undefined) {
    const options = choices.map((choice) => element('option', { value: choice }, String(choice)));
    return element('select', {}, ...options);
  }
  if (typeof value === 'boolean') return element('input', { type: 'checkbox' });
  if (typeof value === 'number') return element('input', { type: 'number', min: 0, step: 'any' });
  return element('input', { type: 'text' });
}

function readInput(input, example) {
  if (input.type === 'checkbox') return input.checked;
  return typeof example === 'number' ? Number(input.value) : input.value;
}

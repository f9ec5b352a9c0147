/**
 * Makes an element. Strings become text, never HTML, so that whatever a client sent stays text.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] - `on…` are listeners, `true` is an empty attribute,
 * `false` and `undefined` are left out.
 * @param {...(Node | string | undefined | false)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/** The element of the page with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A word in a coloured pill; the word says what the colour says. */
export function badge(text, tone = 'neutral') {
  return element('span', { class: `badge ${tone}` }, text);
}

/** Shows that something loads, failed or is empty, in place of its content. */
export function message(kind, text, action) {
  const role = kind === 'failed' ? 'alert' : undefined;
  return element('p', { class: `message ${kind}`, role }, text, action && ' ', action);
}

/** Listens with a function that takes its time, and that says itself what went wrong. */
export function listen(target, event, handler) {
  target.addEventListener(event, (happened) => {
    void handler(happened);
  });
}

/** A button that can be pressed once at a time. */
export function button(text, onPress, attributes = {}) {
  const made = element('button', { type: 'button', ...attributes }, text);
  listen(made, 'click', async () => {
    // Not `disabled`: that would take the focus away from under the keyboard.
    if (made.getAttribute('aria-busy') === 'true') return;
    made.setAttribute('aria-busy', 'true');
    try {
      await onPress();
    } finally {
      made.removeAttribute('aria-busy');
    }
  });
  return made;
}

/** An instant without its year, in UTC: the clock may have moved by days between two lines. */
export function shortTime(iso) {
  return iso.slice(5, 19).replace('T', ' ');
}

/** A date and time in UTC, for people. */
export function dateAndTime(milliseconds) {
  return new Date(milliseconds).toISOString().replace('T', ' ').slice(0, 19);
}

/** Bytes, for people. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

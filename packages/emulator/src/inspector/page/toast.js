import { byId } from './dom.js';

let hideTimer;

/** Says how something ended, on screen and to screen readers, for six seconds. */
export function say(text, tone = 'neutral') {
  const toast = byId('toast');
  toast.textContent = text;
  toast.className = `toast ${tone}`;
  toast.hidden = false;
  clearTimeout(hideTimer);
  hideTimer = setTimeout(() => {
    toast.hidden = true;
  }, 6000);
}

/** Does something and says when it failed; true when it did not. */
export async function attempt(action, done) {
  try {
    await action();
    if (done !== undefined) say(done);
    return true;
  } catch (error) {
    say(error.message, 'bad');
    return false;
  }
}

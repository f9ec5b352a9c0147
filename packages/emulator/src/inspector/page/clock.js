import { post } from './api.js';
import { byId, dateAndTime, listen } from './dom.js';
import { attempt, say } from './toast.js';

/** The emulator's clock: shows it ticking between two looks at it, and moves it. */
export function startClock(refresh) {
  let known;

  const show = () => {
    if (known === undefined) return;
    const elapsed = known.frozen ? 0 : performance.now() - known.seenAt;
    const text = dateAndTime(known.now + elapsed);
    byId('now').textContent = `${text} UTC`;
    byId('now').dateTime = `${text.replace(' ', 'T')}Z`;
    byId('clock').textContent = text.slice(11);
  };
  setInterval(show, 250);

  const move = (body, done) => attempt(() => post('clock', body), done).then(refresh);
  for (const button of document.querySelectorAll('[data-advance]')) {
    const seconds = Number(button.dataset.advance);
    listen(button, 'click', () =>
      move({ advance_seconds: seconds }, `The clock moved by ${button.textContent.slice(1)}.`),
    );
  }
  listen(byId('advance-form'), 'submit', async (event) => {
    event.preventDefault();
    const seconds = byId('advance-seconds').valueAsNumber;
    if (Number.isNaN(seconds)) return say('Say how many seconds.', 'bad');
    await move({ advance_seconds: seconds }, `The clock moved by ${seconds} s.`);
  });
  listen(byId('freeze'), 'click', () => {
    const frozen = known?.frozen !== true;
    return move({ frozen }, frozen ? 'The clock stands still.' : 'The clock runs.');
  });
  listen(byId('idle'), 'click', async () => {
    say('Running…');
    await attempt(() => post('idle', { advance: true }), 'Nothing is under way any more.');
    await refresh();
  });

  return {
    /** Takes over what `GET state` said. */
    update({ now, frozen }) {
      known = { now: Date.parse(now), frozen, seenAt: performance.now() };
      byId('frozen').hidden = !frozen;
      const freeze = byId('freeze');
      freeze.textContent = frozen ? 'Let it run' : 'Freeze';
      freeze.setAttribute('aria-pressed', String(frozen));
      show();
    },
  };
}

/**
 * Makes a list of tabs work: a click or the arrow keys, Home and End choose one.
 *
 * @see {@link https://www.w3.org/WAI/ARIA/apg/patterns/tabs/}
 */
export function startTabs(list) {
  const tabs = [...list.querySelectorAll('[role=tab]')];
  const choose = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute('aria-controls')).hidden = !isChosen;
    }
  };
  const targets = {
    ArrowRight: (at) => (at + 1) % tabs.length,
    ArrowLeft: (at) => (at - 1 + tabs.length) % tabs.length,
    Home: () => 0,
    End: () => tabs.length - 1,
  };
  // What scrolls must be reachable by keyboard.
  for (const tab of tabs) document.getElementById(tab.getAttribute('aria-controls')).tabIndex = 0;
  list.addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]');
    if (tab !== null) choose(tab);
  });
  list.addEventListener('keydown', (event) => {
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const tab = tabs[target(tabs.indexOf(document.activeElement))];
    choose(tab);
    tab.focus();
  });
}

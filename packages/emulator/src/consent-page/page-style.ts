/** Style of the pages that people see while they authorize an app. Light and dark, phone and desk. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f2f5f3; --card: #ffffff; --ink: #12211b; --quiet: #53645c; --line: #d5ded9;
  --accent: #0b6b4f; --on-accent: #ffffff; --tint: #e3f3ec; --warn: #8a3b00; --warn-tint: #fdeedd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0c1512; --card: #14201b; --ink: #eaf3ee; --quiet: #9fb3aa; --line: #2a3a33;
    --accent: #4fd1a1; --on-accent: #04130d; --tint: #16332a; --warn: #ffbe85; --warn-tint: #3a2413;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; padding: 24px 16px 48px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
}
.stage { max-width: 460px; margin: 0 auto; }
.notice {
  display: flex; gap: 10px; align-items: center; margin: 0 0 16px; padding: 10px 14px; border-radius: 12px;
  background: var(--tint); color: var(--ink); font-size: 14px;
}
.notice::before { content: ''; flex: none; width: 10px; height: 10px; border-radius: 50%; background: var(--accent); }
main {
  padding: 28px 24px 24px; border: 1px solid var(--line); border-radius: 20px; background: var(--card);
  box-shadow: 0 12px 40px rgb(0 0 0 / 8%);
}
h1 { margin: 0 0 6px; font-size: 24px; line-height: 1.25; overflow-wrap: anywhere; }
.lead { margin: 0 0 22px; color: var(--quiet); }
fieldset { margin: 0 0 22px; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; margin-bottom: 8px; font-weight: 650; }
.choice {
  display: flex; gap: 12px; align-items: flex-start; padding: 12px; border: 1px solid var(--line);
  border-radius: 12px; cursor: pointer;
}
.choice + .choice { margin-top: 8px; }
.choice:has(input:checked) { border-color: var(--accent); background: var(--tint); }
.choice:has(input:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.choice input { flex: none; width: 20px; height: 20px; margin: 2px 0 0; accent-color: var(--accent); }
.choice input:focus-visible { outline: none; }
.choice .words { min-width: 0; overflow-wrap: anywhere; }
.choice strong { display: block; font-weight: 600; }
.choice small { display: block; color: var(--quiet); font-size: 14px; }
.choice:has(input:checked) small { color: var(--ink); }
.face {
  flex: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 50%;
  background: hsl(var(--hue) 45% 30%); color: #fff; font-weight: 650;
}
code { font: 13px/1.4 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
.actions { display: flex; gap: 12px; flex-wrap: wrap; }
button {
  flex: 1 1 140px; min-height: 48px; padding: 0 18px; border: 1px solid var(--accent); border-radius: 12px;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 650; cursor: pointer;
}
button.plain { background: transparent; color: var(--ink); border-color: var(--quiet); }
button:hover { filter: brightness(1.06); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.error { margin: 14px 0 16px; padding: 12px 14px; border-radius: 12px; background: var(--warn-tint); color: var(--warn); }
.error code { color: inherit; font-size: 15px; }
a { color: var(--accent); overflow-wrap: anywhere; }
footer { margin: 16px 4px 0; color: var(--quiet); font-size: 13px; }
`;

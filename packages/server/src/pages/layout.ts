import { assetPath } from './assets.ts';
import { Html, type HtmlValue, html } from './html.ts';

/** A page of ours. */
export interface PageModel {
  readonly title: string;
  /** What stands in the page, below its title. */
  readonly main: Html;
  /** What stands at the top right: who is signed in. */
  readonly aside?: Html | undefined;
  /** Goes into the head. */
  readonly head?: Html | undefined;
  /** `wide` for lists, `narrow` for a single form or message. Default `narrow`. */
  readonly width?: 'narrow' | 'wide';
}

/** Puts the frame around a page: light and dark, phone and desk, no inline style or script. */
export function layOut({ title, main, aside, head, width = 'narrow' }: PageModel): string {
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} · Greenroom</title>
<link rel="icon" href="${assetPath('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath('style.css')}">
${head}
</head>
<body class="${width}">
<header><a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Greenroom</a>${aside}</header>
<main>
<h1>${title}</h1>
${main}
</main>
</body>
</html>
`.toString();
}

/** A message that a screen reader speaks at once. */
export function notice(kind: 'good' | 'bad', message: HtmlValue): Html {
  const role = kind === 'bad' ? 'alert' : 'status';
  return html`<p class="notice ${kind}" role="${role}">${message}</p>`;
}

/** A labelled field of a form. */
export function field(input: {
  readonly label: string;
  readonly name: string;
  readonly type: 'text' | 'email' | 'password';
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: string;
  readonly minLength?: number;
  readonly maxLength: number;
}): Html {
  const { label, name, type, autocomplete, value, hint, minLength, maxLength } = input;
  const described = hint === undefined ? '' : new Html(` aria-describedby="${name}-hint"`);
  const least = minLength === undefined ? '' : new Html(` minlength="${minLength}"`);
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" required maxlength="${maxLength}"${least}${described}>
${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

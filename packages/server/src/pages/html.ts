import { escapeHtml } from '../http/html.ts';

/** HTML that may go into a page as it is. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The HTML. */
  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template of {@link html}: text is escaped, lists are joined, nothing shows nothing. */
export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/**
 * Makes HTML of a template. Every value is escaped unless it is HTML already, so that no page can forget it.
 *
 * @example
 * ```ts
 * html`<h1>${name}</h1>${names.map((each) => html`<li>${each}</li>`)}`;
 * ```
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = strings.map((text, index) => text + render(values[index]));
  return new Html(parts.join(''));
}

function render(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(render).join('');
  return escapeHtml(String(value));
}

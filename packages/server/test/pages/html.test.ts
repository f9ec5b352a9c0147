import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Html, html } from '../../src/pages/html.ts';

test('text is escaped between tags and in attributes', () => {
  const evil = `"><script>alert('x')</script>&`;
  const made = html`<a title="${evil}">${evil}</a>`.toString();
  const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';
  expect(made).toBe(`<a title="${escaped}">${escaped}</a>`);
});

test('HTML is taken as it is, lists are joined, and nothing shows nothing', () => {
  const items = ['a', 'b'].map((each) => html`<li>${each}</li>`);
  expect(html`<ul>${items}${undefined}${[1, html`<hr>`, '<']}</ul>`.toString()).toBe(
    '<ul><li>a</li><li>b</li>1<hr>&lt;</ul>',
  );
});

test('whatever text is put in, no tag and no quote of it comes out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const made = html`${text}`.toString();
      expect(made).not.toMatch(/[<>"']/);
      expect(html`${new Html(made)}`.toString()).toBe(made);
    }),
  );
});

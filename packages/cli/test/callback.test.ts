import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCallback } from '../src/connect/callback.ts';
import { callbackPage } from '../src/connect/callback-page.ts';

describe('TikTok’s redirect', () => {
  test('a code with the letters of real codes is decoded exactly once', () => {
    expect(readCallback('code=a%2A0%216410&scopes=a%2Cb&state=s')).toEqual({
      code: 'a*0!6410',
      scopes: 'a,b',
      state: 's',
    });
    expect(readCallback('code=100%2525&state=s')).toEqual({ code: '100%25', state: 's' });
  });

  test('a plus is a blank in words, and a plus in a code', () => {
    expect(readCallback('code=a+b&error_description=The+user&state=s')).toEqual({
      code: 'a+b',
      error_description: 'The user',
      state: 's',
    });
  });

  test.each(['', 'code=a', 'state', '=s', 'state=%E0%A4%A', 'code=a&State=s'])(
    '%o is none of TikTok’s',
    (query) => expect(readCallback(query)).toBeUndefined(),
  );

  test('what nobody knows is left out, and the first of two counts', () => {
    expect(readCallback('state=one&state=two&__proto__=x&constructor=y')).toEqual({ state: 'one' });
  });

  test('any code and any words survive the way', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (code, error_description) => {
        const query = `code=${encodeURIComponent(code)}&error_description=${encodeURIComponent(error_description)}&state=s`;
        expect(readCallback(query)).toEqual({ code, error_description, state: 's' });
      }),
    );
  });

  test('no query makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        readCallback(query);
      }),
    );
  });
});

test('the page shows words as words', () => {
  const page = callbackPage('<b>', '"&" <script>');
  expect(page).toContain('&lt;b&gt;');
  expect(page).toContain('&quot;&amp;&quot; &lt;script&gt;');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CONSENT_PAGE_CSP,
  renderConsentPage,
  renderErrorPage,
  renderNoticePage,
  renderQrConfirmPage,
} from '../src/consent-page/consent-page.ts';

const model = {
  appName: 'Demo app',
  creators: [
    { username: 'public_creator', nickname: 'Public Creator', privateAccount: false },
    { username: 'private_creator', nickname: 'Private Creator', privateAccount: true },
  ],
  scopes: ['user.info.basic', 'video.publish'],
  action: '/v2/auth/authorize/decision/',
  fields: { query: 'client_key=demo&state=a%26b' },
};

/** Every tag of a page, so that one that came out of a name would show. */
function tagsOf(html: string): string[] {
  return [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
}

/** The page's tags without what stands in their quoted attributes. */
function skeletonOf(html: string): string[] {
  return tagsOf(html).map((tag) => tag.replaceAll(/"[^"]*"/g, '""'));
}

describe('the consent page', () => {
  const html = renderConsentPage(model);

  test('posts the fields back, the account, the scopes and the decision', () => {
    expect(html).toContain('<form method="post" action="/v2/auth/authorize/decision/">');
    expect(html).toContain('name="query" value="client_key=demo&#38;state=a%26b"');
    expect(html).toContain('name="username" value="public_creator" required checked');
    expect(html).toContain('name="username" value="private_creator" required>');
    expect(html).toContain('name="scope" value="video.publish" checked');
    expect(html).toContain('name="decision" value="allow">Continue<');
    expect(html).toContain('name="decision" value="deny" formnovalidate>Cancel<');
  });

  test('says what it is, what each scope means and which account is private', () => {
    expect(html).toContain('not TikTok');
    expect(html).toContain('Your display name and picture.');
    expect(html).toContain('Videos and photos go out');
    expect(html).toContain('@private_creator, private account');
  });

  test('chooses the account of the session', () => {
    const chosen = renderConsentPage({ ...model, selectedUsername: 'private_creator' });
    expect(chosen).toContain('value="private_creator" required checked');
    expect(chosen).not.toContain('value="public_creator" required checked');
  });

  test('falls back to the first account when that of the session is gone', () => {
    expect(renderConsentPage({ ...model, selectedUsername: 'gone' })).toBe(html);
  });

  test('says what to do when there is no account', () => {
    expect(renderConsentPage({ ...model, creators: [] })).toContain('There is no account yet');
  });

  test('calls an unknown scope by its name', () => {
    for (const scope of ['research.data.basic', 'toString', '__proto__']) {
      expect(renderConsentPage({ ...model, scopes: [scope] })).toContain(`<strong>${scope}<`);
    }
  });

  test('has no script, and a policy that would refuse one', () => {
    expect(tagsOf(html).filter((tag) => tag.startsWith('<script'))).toEqual([]);
    expect(CONSENT_PAGE_CSP).toContain("default-src 'none'");
  });
});

describe('hostile names', () => {
  const hostile = `</title></style><script>alert(1)</script>"onfocus=alert(2) autofocus='`;

  test('stay text on every page', () => {
    const attacked = {
      appName: hostile,
      creators: [{ username: hostile, nickname: hostile, privateAccount: true }],
      scopes: [hostile],
      action: hostile,
      fields: { [hostile]: hostile },
      clientTicket: hostile,
    };
    const error = { title: hostile, error: hostile, errorType: hostile, detail: hostile };
    const pages = [
      renderConsentPage(attacked),
      renderQrConfirmPage(attacked),
      renderErrorPage({ ...error, document: hostile }),
      renderNoticePage({ title: hostile, detail: hostile }),
    ];
    for (const page of pages) {
      expect(page).not.toContain('<script');
      expect(page).not.toContain('"onfocus');
    }
  });

  test('never change what the page is made of', () => {
    const pageOf = (name: string) =>
      renderConsentPage({
        ...model,
        appName: name,
        creators: [{ username: 'x', nickname: name, privateAccount: false }],
        fields: { query: name },
      });
    const expected = skeletonOf(pageOf('plain'));
    const text = fc.array(fc.constantFrom(...'<>"\'&/=! -ax\n')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), text), (name) => {
        expect(skeletonOf(pageOf(name))).toEqual(expected);
      }),
    );
  });
});

describe('the error page', () => {
  test('shows the code, the reason and the rule', () => {
    const html = renderErrorPage({
      title: 'Something went wrong',
      error: 'error=unauthorized_client&error_type=client_key',
      errorType: 'client_key',
      detail: 'There is no app with this client_key.',
      document: 'https://developers.tiktok.com/doc/login-kit-web',
    });
    expect(html).toContain('error=unauthorized_client&#38;error_type=client_key');
    expect(html).toContain('There is no app with this client_key.');
    expect(html).toContain('href="https://developers.tiktok.com/doc/login-kit-web"');
  });
});

/** What a person is asked on the consent page. */
export interface ConsentPageModel {
  readonly appName: string;
  readonly creators: readonly {
    readonly username: string;
    readonly nickname: string;
    readonly privateAccount: boolean;
  }[];
  readonly scopes: readonly string[];
  readonly selectedUsername?: string;
  /** Where the form is posted. */
  readonly action: string;
  /** Fields that are posted back as they are. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A refusal that the person sees. */
export interface ErrorPageModel {
  readonly title: string;
  readonly error: string;
  readonly errorType?: string;
  readonly detail: string;
  readonly document?: string;
}

/** Content security policy of these pages. */
export const CONSENT_PAGE_CSP = "default-src 'none'; style-src 'unsafe-inline'";

/** The consent page. */
export function renderConsentPage(model: ConsentPageModel): string {
  const hidden = Object.entries(model.fields).map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  const creators = model.creators.map(
    ({ username, nickname }, index) =>
      `<label><input type="radio" name="username" value="${escape(username)}"${username === (model.selectedUsername ?? model.creators[0]?.username) || index < 0 ? ' checked' : ''}>${escape(nickname)} @${escape(username)}</label>`,
  );
  const scopes = model.scopes.map(
    (scope) =>
      `<label><input type="checkbox" name="scope" value="${escape(scope)}" checked>${escape(scope)}</label>`,
  );
  return page(
    `Authorize ${model.appName}`,
    `<form method="post" action="${escape(model.action)}">${hidden.join('')}<fieldset><legend>Account</legend>${creators.join('')}</fieldset><fieldset><legend>Access</legend>${scopes.join('')}</fieldset><button name="decision" value="allow">Authorize</button><button name="decision" value="deny">Cancel</button></form>`,
  );
}

/** The phone's page of a QR login. */
export function renderQrConfirmPage(
  model: ConsentPageModel & { readonly clientTicket?: string },
): string {
  return renderConsentPage(model);
}

/** The page of a refusal. */
export function renderErrorPage(model: ErrorPageModel): string {
  return page(model.title, `<p>${escape(model.error)}</p><p>${escape(model.detail)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><h1>${escape(title)}</h1>${body}</html>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

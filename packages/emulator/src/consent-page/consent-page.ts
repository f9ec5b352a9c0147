import { escapeHtml } from './escape-html.ts';
import { layOutPage } from './page-layout.ts';
import { scopeWords } from './scope-words.ts';

/** An account that may be chosen. */
interface ConsentCreator {
  readonly username: string;
  readonly nickname: string;
  readonly privateAccount: boolean;
}

/** What a person is asked on the consent page. */
export interface ConsentPageModel {
  /** Name of the app that asks. */
  readonly appName: string;
  /** Accounts to choose from. */
  readonly creators: readonly ConsentCreator[];
  /** Scopes that the app asks for; all are ticked at first. */
  readonly scopes: readonly string[];
  /** Account that is chosen at first; default the first. */
  readonly selectedUsername?: string;
  /** Where the form is posted. */
  readonly action: string;
  /** Fields that are posted back as they are. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A refusal that the person sees, because it must not go to the app. */
export interface ErrorPageModel {
  readonly title: string;
  /** The refusal as TikTok would put it, such as `error=unauthorized_client&error_type=client_key`. */
  readonly error: string;
  /** Which parameter it is about. */
  readonly errorType?: string;
  /** What is wrong, for a person. */
  readonly detail: string;
  /** Page that sets the rule. */
  readonly document?: string;
}

/** Content security policy of these pages: nothing but their own style, in no frame. */
export const CONSENT_PAGE_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Renders the page on which a person chooses an account and what the app may do with it.
 *
 * Its form posts every entry of `fields`, `username`, one `scope` for each that is ticked, and
 * `decision`: `allow` or `deny`. It works without JavaScript.
 */
export function renderConsentPage(model: ConsentPageModel): string {
  const lead = `<strong>${escapeHtml(model.appName)}</strong> would like to use an account of yours.`;
  return layOutPage(`Authorize ${model.appName}`, renderForm(model, lead));
}

/** Renders the phone's page of a QR login: the same question, after the code was scanned. */
export function renderQrConfirmPage(
  model: ConsentPageModel & { readonly clientTicket?: string },
): string {
  const { clientTicket } = model;
  const ticket =
    clientTicket === undefined || clientTicket === ''
      ? ''
      : ` Its ticket is <code>${escapeHtml(clientTicket)}</code>.`;
  const lead = `You scanned a code of <strong>${escapeHtml(model.appName)}</strong>.${ticket} Continue only if you asked for it.`;
  return layOutPage('Confirm the login', renderForm(model, lead));
}

/** Renders the page of a refusal. */
export function renderErrorPage(model: ErrorPageModel): string {
  const type =
    model.errorType === undefined
      ? ''
      : `<p>It is about <code>${escapeHtml(model.errorType)}</code>.</p>`;
  const document =
    model.document === undefined
      ? ''
      : `<p>The rule: <a href="${escapeHtml(model.document)}" rel="noreferrer">${escapeHtml(model.document)}</a></p>`;
  return layOutPage(
    model.title,
    `<p class="error"><code>${escapeHtml(model.error)}</code></p>
<p>${escapeHtml(model.detail)}</p>
${type}
${document}
<p class="lead">The app was told nothing: this refusal is shown to the person only.</p>`,
  );
}

/** Renders a page that only says how something ended. */
export function renderNoticePage(model: {
  readonly title: string;
  readonly detail: string;
}): string {
  return layOutPage(model.title, `<p>${escapeHtml(model.detail)}</p>`);
}

function renderForm(model: ConsentPageModel, lead: string): string {
  const hidden = Object.entries(model.fields).map(
    ([name, value]) =>
      `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const selected =
    model.creators.find(({ username }) => username === model.selectedUsername) ?? model.creators[0];
  return `<p class="lead">${lead}</p>
<form method="post" action="${escapeHtml(model.action)}">
${hidden.join('\n')}
<fieldset><legend>Which account?</legend>
${model.creators.map((creator) => renderCreator(creator, creator === selected)).join('\n')}
${model.creators.length === 0 ? '<p class="error">There is no account yet. Add one with <code>PUT /_emulator/creators/{username}</code>.</p>' : ''}
</fieldset>
<fieldset><legend>What may it do?</legend>
${model.scopes.map(renderScope).join('\n')}
</fieldset>
<div class="actions">
<button name="decision" value="allow">Continue</button>
<button class="plain" name="decision" value="deny" formnovalidate>Cancel</button>
</div>
</form>`;
}

function renderCreator(creator: ConsentCreator, isSelected: boolean): string {
  const { username, nickname, privateAccount } = creator;
  const initial = escapeHtml([...(nickname.trim() || username)][0]?.toUpperCase() ?? '?');
  const kind = privateAccount ? 'private account' : 'public account';
  return `<label class="choice">
<input type="radio" name="username" value="${escapeHtml(username)}" required${isSelected ? ' checked' : ''}>
<span class="face" style="--hue: ${hueOf(username)}" aria-hidden="true">${initial}</span>
<span class="words"><strong>${escapeHtml(nickname)}</strong><small>@${escapeHtml(username)}, ${kind}</small></span>
</label>`;
}

function renderScope(scope: string): string {
  const { title, meaning } = scopeWords(scope);
  return `<label class="choice">
<input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked>
<span class="words"><strong>${escapeHtml(title)}</strong><small>${escapeHtml(meaning)}</small><code>${escapeHtml(scope)}</code></span>
</label>`;
}

/** A colour of its own for each account, always the same. */
function hueOf(username: string): number {
  let sum = 0;
  for (const character of username) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return sum;
}

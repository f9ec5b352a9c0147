/** A secret that must be found nowhere, and what it is called in a report. */
export interface Canary {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A canary in one of the forms in which it might leave. */
export interface Needle {
  readonly canary: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** A canary of a text. */
export function textCanary(name: string, text: string): Canary {
  return { name, bytes: Buffer.from(text) };
}

/**
 * Every form in which a secret might stand somewhere: as it is, in UTF-16, in JSON, in JSON within JSON, in
 * URLs, forms and HTML, in hexadecimal digits, and within a longer text that is base64.
 */
export function formsOf({ name, bytes }: Canary): Needle[] {
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text).equals(bytes);
  const forms = new Map<string, Buffer>();
  const add = (form: string, value: Buffer | string) => {
    forms.set(Buffer.from(value).toString('hex'), Buffer.from(value));
    labels.set(Buffer.from(value).toString('hex'), form);
  };
  const labels = new Map<string, string>();
  // Added from the most to the least unusual: forms that are alike keep the plainest label.
  if (isText) {
    const json = inJson(text);
    add('UTF-16', Buffer.from(text, 'utf16le'));
    add(
      'HTML',
      text.replace(/[&<>"']/gu, (sign) => `&#${sign.charCodeAt(0)};`),
    );
    add('HTML', text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'));
    add('form', new URLSearchParams([['', text]]).toString().slice(1));
    add(
      'URL',
      inUrl(text).replace(/%../gu, (code) => code.toLowerCase()),
    );
    add('URL', inUrl(text));
    add('URL twice', inUrl(inUrl(text)));
    add('JSON twice', inJson(json));
    add('JSON', json);
  }
  for (const [form, value] of inBase64(bytes)) add(form, value);
  add('hex', bytes.toString('hex').toUpperCase());
  add('hex', bytes.toString('hex'));
  add('plain', bytes);
  return [...forms].map(([key, value]) => ({
    canary: name,
    form: labels.get(key) ?? 'plain',
    bytes: value,
  }));
}

/**
 * The part of a secret that a longer base64 text shows unchanged. Three bytes make four characters, so it
 * depends on where among the three the secret begins.
 */
function inBase64(bytes: Buffer): [string, string][] {
  return [0, 1, 2].flatMap((skipped): [string, string][] => {
    const whole = Math.floor((bytes.length - skipped) / 3) * 3;
    const inner = bytes.subarray(skipped, skipped + whole);
    return [
      ['base64url', inner.toString('base64url')],
      ['base64', inner.toString('base64')],
    ];
  });
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function inUrl(text: string): string {
  return encodeURIComponent(text);
}

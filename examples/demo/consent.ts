/** Reads the consent page's form, fills it in as the creator would, and follows the redirect. */
export async function consent(authorizeUrl: string, username: string): Promise<void> {
  const page = await fetch(authorizeUrl);
  const html = await page.text();
  const form = /<form[^>]*action="([^"]*)"[\s\S]*?<\/form>/.exec(html);
  if (!page.ok || form === null) throw new Error(`the consent page answered ${page.status}`);
  const fields = new URLSearchParams();
  for (const [tag] of form[0].matchAll(/<(?:input|button)[^>]*>/g)) {
    const name = attribute(tag, 'name');
    const value = attribute(tag, 'value') ?? 'on';
    const type = attribute(tag, 'type');
    const isChosen =
      type === 'hidden' ||
      type === 'checkbox' ||
      (type === 'radio' && value === username) ||
      (tag.startsWith('<button') && value === 'allow');
    if (name !== undefined && isChosen) fields.append(name, value);
  }
  const answer = await fetch(new URL(decodeEntities(form[1] ?? ''), page.url), {
    method: 'POST',
    body: fields,
  });
  if (!answer.ok) throw new Error(`the consent form answered ${answer.status}`);
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decodeEntities(value);
}

function decodeEntities(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

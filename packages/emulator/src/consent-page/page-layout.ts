import { escapeHtml } from './escape-html.ts';
import { PAGE_STYLE } from './page-style.ts';

/**
 * Puts the frame around a page of the authorization: says on top that this is an emulator.
 *
 * @param title - Text; escaped here.
 * @param main - HTML of the page's content.
 */
export function layOutPage(title: string, main: string): string {
  const name = escapeHtml(title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${name} · TikTok emulator</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<div class="stage">
<header class="notice"><span>This is the <strong>Greenroom emulator</strong> on your own machine, not TikTok. Nothing leaves it.</span></header>
<main>
<h1>${name}</h1>
${main}
</main>
<footer>Not affiliated with TikTok. The accounts on this page are made up.</footer>
</div>
</body>
</html>
`;
}

import { escapeHtml } from '../html.ts';

/** Where the style sheet of the documentation pages is. */
export const DOCS_STYLE_PATH = '/docs/style.css';

/** A whole documentation page: no script, one style sheet of ours. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Greenroom</title>
<link rel="stylesheet" href="${DOCS_STYLE_PATH}">
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

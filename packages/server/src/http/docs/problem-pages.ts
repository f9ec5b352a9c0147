import { PROBLEM_BASE_PATH, type ProblemCode, problemKinds } from '@greenroom/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { escapeHtml, inlineCode } from '../html.ts';
import { ProblemError } from '../problem-error.ts';
import { page } from './page.ts';

/** Serves a page about each problem, where its `type` leads, and a list of all. */
export function registerProblemPages(app: FastifyInstance): void {
  app.get(PROBLEM_BASE_PATH, (_request, reply) => sendPage(reply, listPage()));
  app.get<{ Params: { code: string } }>(`${PROBLEM_BASE_PATH}/:code`, (request, reply) => {
    const { code } = request.params;
    if (!isProblemCode(code)) throw new ProblemError('not-found', 'There is no such problem.');
    return sendPage(reply, problemPage(code));
  });
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(html);
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemKinds, code);
}

function problemPage(code: ProblemCode): string {
  const { status, title, meaning, remedy } = problemKinds[code];
  return page(
    title,
    `<p class="crumbs"><a href="${PROBLEM_BASE_PATH}">Problems</a></p>
<h1>${escapeHtml(title)}</h1>
<p><code>${code}</code>, HTTP status ${status}</p>
<h2>What it means</h2>
<p>${inlineCode(meaning)}</p>
<h2>What to do</h2>
<p>${inlineCode(remedy)}</p>`,
  );
}

function listPage(): string {
  const rows = Object.entries(problemKinds).map(
    ([code, { status, title }]) =>
      `<tr><td>${status}</td><td><a href="${PROBLEM_BASE_PATH}/${code}"><code>${code}</code></a></td><td>${escapeHtml(title)}</td></tr>`,
  );
  return page(
    'Problems',
    `<h1>Problems</h1>
<p>What Greenroom’s API answers when it cannot do what was asked, as problem documents of RFC 9457.</p>
<table><thead><tr><th>Status</th><th>Code</th><th>Title</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`,
  );
}

import { PROBLEM_BASE_PATH, problemKinds } from '@greenroom/contract';
import type { FastifyReply } from 'fastify';
import type { ProblemError } from '../http/problem-error.ts';
import { type Html, html } from './html.ts';
import { layOut, notice } from './layout.ts';
import { sendPage } from './send-page.ts';

/** Shows a refusal in words, with what to do about it. */
export function sendProblemPage(
  reply: FastifyReply,
  problem: ProblemError,
  next?: Html,
): FastifyReply {
  const { status, title, remedy } = problemKinds[problem.code];
  if (problem.options.retryAfterSeconds !== undefined) {
    reply.header('retry-after', problem.options.retryAfterSeconds);
  }
  const { allow } = problem.options;
  if (allow !== undefined) reply.header('allow', allow.join(', '));
  const main = html`${notice('bad', problem.message)}
<p>${remedy.replaceAll('`', '')}</p>
<div class="actions">${next ?? html`<a class="button" href="/">Back to Greenroom</a>`}</div>
<p class="hint"><a href="${PROBLEM_BASE_PATH}/${problem.code}">More about this</a></p>`;
  return sendPage(reply, layOut({ title, main }), status);
}

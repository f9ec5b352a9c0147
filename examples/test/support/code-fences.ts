import { readFileSync } from 'node:fs';

/** A fenced block of code in a document. */
export interface CodeFence {
  readonly language: string;
  readonly code: string;
  /** `file:line` of the block's first line. */
  readonly place: string;
}

/** The fenced blocks of a Markdown text, in order. */
export function readCodeFences(file: string, text = readFileSync(file, 'utf8')): CodeFence[] {
  const fences: CodeFence[] = [];
  for (const match of text.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)) {
    const line = text.slice(0, match.index).split('\n').length + 1;
    fences.push({ language: match[1] ?? '', code: match[2] ?? '', place: `${file}:${line}` });
  }
  return fences;
}

/** The fenced blocks in a TSDoc comment's `@example`s. */
export function readExamples(file: string, comment: string): CodeFence[] {
  const text = comment.replace(/^[ \t]*\*[ \t]?/gm, '');
  return readCodeFences(file, text.slice(Math.max(0, text.indexOf('@example'))));
}

/** Something about a row that keeps it from becoming a post, or that a person should know; as the API tells it. */
export interface RowProblem {
  readonly code: string;
  /** JSON pointer to the field of the row; empty: the row as a whole. */
  readonly pointer: string;
  readonly words: string;
  readonly remedy: string;
  readonly is_blocking: boolean;
}

/** Something that keeps a row from becoming a post. */
export function blocking(code: string, pointer: string, words: string, remedy: string): RowProblem {
  return { code, pointer, words, remedy, is_blocking: true };
}

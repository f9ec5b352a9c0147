import { type Column, type ColumnKind, columns, LIST_SEPARATOR } from './columns.ts';
import { blocking, type RowProblem } from './row-problem.ts';
import { fromSafeCell } from './safe-cell.ts';

/** What a cell says: a value, nothing, or what is wrong with it. */
interface Field {
  readonly value?: unknown;
  readonly problem?: RowProblem;
}

/** Reads a cell by the kind of its column. An empty one says nothing. */
export function toField(column: Column, cell: string): Field {
  const text = fromSafeCell(cell);
  const kind: ColumnKind = columns[column];
  if (kind === 'text') return text === '' ? {} : { value: text };
  const word = text.trim();
  return word === '' ? {} : readers[kind](word, column);
}

const readers: Record<Exclude<ColumnKind, 'text'>, (word: string, column: Column) => Field> = {
  word: (word) => ({ value: word }),
  list: (word) => ({
    value: word
      .split(LIST_SEPARATOR)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  }),
  boolean: (word, column) => {
    const value = { true: true, false: false }[word.toLowerCase()];
    return value === undefined
      ? { problem: notA(column, word, 'neither true nor false') }
      : { value };
  },
  number: (word, column) =>
    /^\d{1,9}$/.test(word)
      ? { value: Number(word) }
      : { problem: notA(column, word, 'no whole number') },
};

function notA(column: Column, word: string, what: string): RowProblem {
  const words = `${JSON.stringify(word)} is ${what}.`;
  return blocking('cell_unreadable', `/${column}`, words, 'Correct the cell, or leave it empty.');
}

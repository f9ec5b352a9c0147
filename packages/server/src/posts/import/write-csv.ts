import type { ImportRow } from '@greenroom/contract';
import { type Column, columnNames, LIST_SEPARATOR } from './columns.ts';
import { toSafeCell } from './safe-cell.ts';

/**
 * Writes rows as a CSV file by RFC 4180, with a byte order mark, without which spreadsheets take UTF-8 for something
 * else. Nothing in it is taken for a formula, and an import reads every row back as it was.
 */
export function writeCsv(rows: readonly ImportRow[]): string {
  const lines = [
    columnNames.join(','),
    ...rows.map((row) => columnNames.map((name) => toCell(row[name])).join(',')),
  ];
  return `\u{feff}${lines.join('\r\n')}\r\n`;
}

function toCell(value: ImportRow[Column]): string {
  const cell = toSafeCell(toText(value));
  return /[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function toText(value: ImportRow[Column]): string {
  if (value === null) return '';
  return Array.isArray(value) ? value.join(` ${LIST_SEPARATOR} `) : String(value);
}

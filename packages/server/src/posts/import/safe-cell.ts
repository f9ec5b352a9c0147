/**
 * A cell that no spreadsheet takes for a formula: an apostrophe goes before what begins like one, and before what
 * begins with apostrophes and then like one, so that {@link fromSafeCell} gives every text back.
 */
export function toSafeCell(text: string): string {
  return DANGEROUS.test(text) ? `'${text}` : text;
}

/** The text that {@link toSafeCell} was given. */
export function fromSafeCell(cell: string): string {
  return cell.startsWith("'") && DANGEROUS.test(cell) ? cell.slice(1) : cell;
}

// OWASP's list for CSV injection, and the full-width signs that East Asian spreadsheets take for the same.
const DANGEROUS = /^'*[=+\-@\t\r\n＝＋－＠]/;

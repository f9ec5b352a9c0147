/**
 * Makes lines that hold texts of other people safe to print. A name may carry what clears the screen, sets the
 * window's title or turns the writing round; what steers a terminal becomes `�`, and only line ends stay.
 */
export function toPlainText(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** The same in one line, for a text that must not begin another. */
export function toPlainLine(text: string): string {
  return toPlainText(text).replaceAll('\n', '\ufffd');
}

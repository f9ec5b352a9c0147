/**
 * Compares two texts in a time that depends on their lengths alone, so that a guess cannot be
 * improved by measuring how long its refusal took.
 */
export function isEqualInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** The fields of an object that are there: `undefined` ones would overwrite what is kept. */
export function given<T extends object>(
  input: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  // Object.entries loses the keys' types; what is left out here is exactly the undefined values.
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

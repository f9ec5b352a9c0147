/** One step of the schema. Steps are applied in order of their numbers, once, each in a transaction of its own. */
export interface Migration {
  /** Its place in the order, from 1, without gaps. */
  readonly number: number;
  /** What it lays, in words of the file's name. */
  readonly name: string;
  /** The statements, run as the owner of the database. */
  readonly sql: string;
}

/** Where a page of a list begins: behind the entry with this instant and id, which all lists are sorted by. */
export interface Position<Id = string> {
  readonly at: Date;
  readonly id: Id;
}

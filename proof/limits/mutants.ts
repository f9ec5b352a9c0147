/** Protections that `--mutant` takes away, as statements for the database. */
export const MUTANTS: Readonly<Record<string, string>> = {
  // Every process believes that there is always a slot.
  'no-windows': `
    create or replace function take_slot(whose bytea, which text, most int, length interval,
        out taken_at timestamptz, out free_at timestamptz, out free_in_ms double precision)
      language plpgsql volatile as $$ begin taken_at := app_clock(); end $$`,
  // No place of the day is ever seen to be taken.
  'no-caps': `
    create or replace function hold_caps(attempt uuid, which text, whose bytea, through bytea, app_id uuid,
        length interval, out is_taken boolean, out present timestamptz, out uses timestamptz[],
        out users timestamptz[], out is_audited boolean, out daily_users int)
      language plpgsql volatile as $$ begin
      is_taken := false; present := app_clock(); uses := '{}';
    end $$`,
};

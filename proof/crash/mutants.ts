/** Protections that `--mutant` takes away, as statements for the database of each installation. */
export const MUTANTS: Readonly<Record<string, string>> = {
  // Nobody remembers that an init was sent until its answer is there: whoever goes on after a crash sends it again.
  'resend-init': `
    create function forget_intent() returns trigger language plpgsql as $$ begin
      if new.init_answered_at is null then new.init_sent_at := null; end if;
      return new;
    end $$;
    create trigger forget_intent before update on attempts for each row execute function forget_intent()`,
};

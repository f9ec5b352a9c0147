/** Protections that `--mutant` takes away, as statements for the database of each installation. */
export const MUTANTS: Readonly<Record<string, string>> = {
  // Whoever goes on after a crash does not know that an init was sent: it sends it again.
  'resend-init': `
    create function forget_intent() returns trigger language plpgsql as $$ begin
      if new.runs > old.runs and new.init_answered_at is null then new.init_sent_at := null; end if;
      return new;
    end $$;
    create trigger forget_intent before update on attempts for each row execute function forget_intent()`,
};

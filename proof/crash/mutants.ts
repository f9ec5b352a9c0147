/** A protection that `--mutant` takes away, and where that shows. */
export interface Mutant {
  /** For the database of each installation. */
  readonly sql: string;
  /** Kills that are carried out: those at places with such a name, on PostgreSQL, in flows that TikTok pulls. */
  readonly sites: RegExp;
}

/** All of them by their names. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  // Whoever goes on after a crash does not know that an init was sent: it sends it again. Where another process still
  // serves the media, TikTok fetches for both.
  'resend-init': {
    sql: `
      create function forget_intent() returns trigger language plpgsql as $$ begin
        if new.runs > old.runs and new.init_answered_at is null then new.init_sent_at := null; end if;
        return new;
      end $$;
      create trigger forget_intent before update on attempts for each row execute function forget_intent()`,
    sites: /\/(send|body|api)\.ts/,
  },
};

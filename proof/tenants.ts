import { listDefinerFunctions } from '../packages/server/test/support/catalogue.ts';
import { definerFunctions } from '../packages/server/test/support/definer-functions.ts';
import { createTemplate } from '../packages/server/test/support/test-database.ts';
import { startTestEngine } from '../packages/server/test/support/test-engine.ts';
import { randomOf, readProofOptions, reportProof, type Table } from './report.ts';
import { type Findings, tryReference, tryTable } from './tenants/attempts.ts';
import { mutants, mutate, openRehearsal, type Rehearsal } from './tenants/rehearsal-database.ts';

// With every check of the code bypassed, and every grant given, row-level security alone must keep
// workspaces apart, in each table that the catalogue has.

const options = readProofOptions({ runs: 10, quickRuns: 1, mutants });
const random = randomOf(options.seed);
const totals = new Map<string, Totals>();
const references = new Map<string, { tried: number; reached: string[] }>();
let role: Role | undefined;
let functions: Awaited<ReturnType<typeof listDefinerFunctions>> = [];

{
  await using engine = await startTestEngine();
  await createTemplate(engine);
  for (let run = 0; run < options.runs; run += 1) {
    await using rehearsal = await openRehearsal(engine.ownerUrl, [randomUuid(), randomUuid()]);
    if (options.mutant)
      await mutate(rehearsal.owner, options.mutant, pickTable(rehearsal, options.mutant));
    role = await readRole(rehearsal);
    functions = await listDefinerFunctions(rehearsal.owner);
    await tryAll(rehearsal);
  }
}
report();

interface Totals {
  own: number;
  foreign: number;
  tried: number;
  reached: string[];
  /** Whether each look, of each workspace in each run, saw own rows. */
  isAlwaysOwn: boolean;
}

interface Role {
  readonly current_user: string;
  readonly session_user: string;
  readonly rolsuper: boolean;
  readonly rolbypassrls: boolean;
  readonly owned: number;
}

async function tryAll(rehearsal: Rehearsal): Promise<void> {
  const [first, second] = rehearsal.workspaces;
  for (const table of rehearsal.tables) {
    add(table.name, await tryTable(rehearsal, table, first, second));
    add(table.name, await tryTable(rehearsal, table, second, first));
  }
  for (const reference of rehearsal.references) {
    const { table, column, parent } = reference;
    const name = `${table}.${column} → ${parent}`;
    const sum = references.get(name) ?? { tried: 0, reached: [] };
    for (const [me, other] of [rehearsal.workspaces, rehearsal.workspaces.toReversed()]) {
      const { tried, done } = await tryReference(rehearsal, reference, me, other);
      sum.tried += tried;
      sum.reached.push(...done);
    }
    references.set(name, sum);
  }
}

function add(table: string, found: Findings): void {
  const sum = totals.get(table) ?? { own: 0, foreign: 0, tried: 0, reached: [], isAlwaysOwn: true };
  sum.own += found.own;
  sum.foreign += found.foreign + found.seenInNone;
  sum.tried += found.tried;
  sum.reached.push(...found.done);
  sum.isAlwaysOwn &&= found.own > 0;
  totals.set(table, sum);
}

async function readRole({ database }: Rehearsal): Promise<Role | undefined> {
  const { rows } = await database.pool.query<Role>(`
    select current_user, session_user, rolsuper, rolbypassrls,
      (select count(*) from pg_class c where c.relowner = r.oid) as owned
    from pg_roles r where rolname = current_user`);
  return rows[0];
}

function pickTable(rehearsal: Rehearsal, mutant: string): string {
  const names =
    mutant === 'trust-references'
      ? rehearsal.references.map(({ table }) => table)
      : rehearsal.tables.map(({ name }) => name);
  const name = names[Math.floor(random() * names.length)];
  if (name === undefined) throw new Error('The catalogue has no table of tenants');
  return name;
}

/** From the seed, so that a run is replayed with its ids. */
function randomUuid(): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

function report(): void {
  const all = [...totals.values()];
  const reached = [...all, ...references.values()].flatMap((sum) => sum.reached);
  const listed = definerFunctions.map(({ signature, returns }) => `${signature} ${returns}`);
  const found = functions.map(({ signature, returns }) => `${signature} ${returns}`);
  reportProof({
    proof: 'tenants',
    seed: options.seed,
    runs: options.runs,
    leaks: all.reduce((sum, { foreign }) => sum + foreign, reached.length),
    tables: [roleTable(), rowsTable(), referenceTable(), functionTable()],
    notes: [...new Set(reached)].map((write) => `got through: ${write}`),
    claims: [
      { claim: 'the pooled role neither owns a table nor bypasses row security', holds: isBound() },
      { claim: 'the catalogue has tables of tenants', holds: all.length > 0 },
      {
        claim: 'each workspace sees its own rows in every table',
        holds: all.every(({ isAlwaysOwn }) => isAlwaysOwn),
      },
      { claim: 'the catalogue has references between them', holds: references.size > 0 },
      {
        claim: 'the functions that pass row security are the closed list',
        holds: JSON.stringify(found) === JSON.stringify(listed),
      },
      {
        claim: 'nobody may call them without a grant, and no table of a caller shadows ours',
        holds: functions.every(
          ({ publicMayCall, settings }) =>
            !publicMayCall && settings?.includes('search_path=pg_catalog, public, pg_temp'),
        ),
      },
    ],
  });
}

function isBound(): boolean {
  if (role === undefined) return false;
  const { current_user, session_user, rolsuper, rolbypassrls, owned } = role;
  return current_user !== session_user && !rolsuper && !rolbypassrls && owned === 0;
}

function roleTable(): Table {
  const headings = ['current_user', 'session_user', 'rolsuper', 'rolbypassrls', 'tables owned'];
  return {
    title: 'who asks',
    headings,
    rows: role
      ? [[role.current_user, role.session_user, role.rolsuper, role.rolbypassrls, role.owned]]
      : [],
  };
}

function rowsTable(): Table {
  return {
    title: 'rows seen and writes across, without any check of the code',
    headings: ['table', 'own rows', 'foreign rows', 'writes tried', 'writes through'],
    rows: [...totals].map(([table, { own, foreign, tried, reached }]) => [
      table,
      own,
      foreign,
      tried,
      reached.length,
    ]),
  };
}

function referenceTable(): Table {
  return {
    title: 'references into another workspace',
    headings: ['reference', 'writes tried', 'writes through'],
    rows: [...references].map(([name, { tried, reached }]) => [name, tried, reached.length]),
  };
}

function functionTable(): Table {
  return {
    title: 'functions that pass row security',
    headings: ['function', 'returns', 'why'],
    rows: functions.map(({ signature, returns }) => [
      signature,
      returns,
      definerFunctions.find((listed) => listed.signature === signature)?.why ?? 'NOT LISTED',
    ]),
  };
}

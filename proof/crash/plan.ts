import { createHash } from 'node:crypto';
import { FLOWS, type Flow } from './flows.ts';
import type { Moment } from './orders.ts';
import type { Engine, Progress, Target } from './progress.ts';
import type { Deaths } from './run-case.ts';

const MOMENTS: readonly Moment[] = ['pending', 'settled'];

/**
 * Where to kill on an engine, as far as its flows were looked at without a kill:
 *
 * - at every place that a flow without a fault comes to, at the first time, in each such flow; in one that is none of the
 *   four main ones, at a quarter of them. The moment alternates between flows and engines, so that each
 *   place is died at in both; where only one flow comes to, it is died at twice;
 * - at the places of a main flow's requests once more, at the second time;
 * - at every place that only a flow with a fault comes to, in one moment: the other engine has the other one.
 */
export function planTargets(progress: Progress, engine: Engine, flows: readonly Flow[]): Target[] {
  const visits = countVisits(progress, engine);
  const planned = new Set(visits.keys());
  const ofPlain = flows.filter(isPlain).flatMap((flow) => {
    const sites = progress.findReached(engine, flow.name) ?? [];
    return sites.flatMap((site) => {
      const isOften = (visits.get(site) ?? 0) > 1;
      if (isOften && !flow.isMain && !isTurnOf(engine, flow, site)) return [];
      const moments = isOften ? [momentOf(site, flow, engine)] : MOMENTS;
      const once = moments.map((moment) => toTarget(engine, flow, site, moment));
      if (!isRepeated(flow, site)) return once;
      return [...once, toTarget(engine, flow, site, momentOf(site, flow, engine), 2)];
    });
  });
  const ofFaults = flows
    .filter((flow) => !isPlain(flow))
    .flatMap((flow) => {
      const sites = progress.findReached(engine, flow.name) ?? [];
      const fresh = sites.filter((site) => !planned.has(site));
      for (const site of fresh) planned.add(site);
      return fresh.map((site) => toTarget(engine, flow, site, momentOf(site, flow, engine)));
    });
  return [...ofPlain, ...ofFaults];
}

function toTarget(engine: Engine, flow: Flow, site: string, moment: Moment, hit = 1): Target {
  return { engine, flow: flow.name, deaths: { first: { site, moment, hit } } };
}

/** Creator info is the first request of a direct post, and init the second one by the same way. */
function isRepeated({ isMain, mode }: Flow, site: string): boolean {
  return isMain === true && mode === 'DIRECT_POST' && site.startsWith('packages/sdk/src/http/');
}

/**
 * Places that were come to only behind a kill: each is killed at in one moment, behind the first kill (in the order of
 * names) that led there.
 */
export function planSecondTargets(
  progress: Progress,
  engine: Engine,
  flows: readonly Flow[],
): Target[] {
  const known = new Set(FLOWS.flatMap(({ name }) => progress.findReached(engine, name) ?? []));
  const found = new Map<string, { readonly flow: Flow; readonly first: Deaths['first'] }>();
  for (const { target, outcome } of progress.all) {
    const { first, second } = target.deaths;
    const flow = flows.find(({ name }) => name === target.flow);
    if (target.engine !== engine || flow === undefined || second !== undefined) continue;
    for (const site of outcome.reached) {
      if (!known.has(site) && !found.has(site)) found.set(site, { flow, first });
    }
  }
  return [...found].map(([site, { first, flow }]) => ({
    engine,
    flow: flow.name,
    deaths: { first, second: { site, moment: momentOf(site, flow, engine), hit: 1 } },
  }));
}

function isPlain({ fault, person }: Flow): boolean {
  return fault === undefined && person === undefined;
}

/** How many of the flows without a fault come to a place. */
function countVisits(progress: Progress, engine: Engine): ReadonlyMap<string, number> {
  const visits = new Map<string, number>();
  for (const { name } of FLOWS.filter(isPlain)) {
    for (const site of progress.findReached(engine, name) ?? []) {
      visits.set(site, (visits.get(site) ?? 0) + 1);
    }
  }
  return visits;
}

function momentOf(site: string, flow: Flow, engine: Engine): Moment {
  const turn = throwOf(site) + FLOWS.indexOf(flow) + (engine === 'embedded' ? 0 : 1);
  return turn % 2 === 0 ? 'pending' : 'settled';
}

/** Each engine has a quarter of the places. */
function isTurnOf(engine: Engine, flow: Flow, site: string): boolean {
  const quarter = (throwOf(site) >> 1) % 4;
  return quarter === (FLOWS.indexOf(flow) + (engine === 'embedded' ? 0 : 2)) % 4;
}

/** The same number for the same place in each run. */
function throwOf(site: string): number {
  return createHash('sha256').update(site).digest()[0] ?? 0;
}

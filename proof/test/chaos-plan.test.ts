import { expect, test } from 'vitest';
import { drawPlan } from '../chaos/plan.ts';

const plans = Array.from({ length: 300 }, (_, seed) => drawPlan(seed));

test('a seed draws the same plan again, and another seed another one', () => {
  expect(plans.map(({ seed }) => drawPlan(seed))).toEqual(plans);
  expect(new Set(plans.map(({ seed: _, ...plan }) => JSON.stringify(plan))).size).toBe(
    plans.length,
  );
});

test('three hundred plans do everything that a plan can do', () => {
  const posts = plans.flatMap((plan) => plan.posts.map(({ kind }) => kind));
  expect(new Set(posts)).toEqual(
    new Set(['video', 'large video', 'video draft', 'photos', 'photo draft']),
  );
  const blows = plans.flatMap((plan) => plan.blows.map(({ kind }) => kind));
  expect(new Set(blows)).toEqual(new Set(['kill', 'kill all', 'kill web', 'clock', 'database']));
  const windows = plans.flatMap(({ blows: all }) =>
    all.flatMap((blow) => ('window' in blow ? [blow.window] : [])),
  );
  expect(new Set(windows)).toEqual(
    new Set(['init', 'answer', 'last chunk', 'transfer', 'anywhere']),
  );
  const faults = plans.flatMap((plan) => plan.faults.map(({ at, does }) => `${at}: ${does}`));
  expect(new Set(faults).size).toBe(19);
});

test('each plan kills at least once, and posts at most four times', () => {
  for (const { accounts, blows, posts } of plans) {
    expect(blows.some(({ kind }) => kind === 'kill' || kind === 'kill all')).toBe(true);
    expect(posts.length).toBeGreaterThanOrEqual(2);
    expect(posts.length).toBeLessThanOrEqual(4);
    expect(posts.every(({ account }) => account < accounts)).toBe(true);
  }
});

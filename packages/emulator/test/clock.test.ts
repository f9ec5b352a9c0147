import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../src/clock/clock.ts';
import { EventQueue } from '../src/clock/event-queue.ts';
import { Work } from '../src/work.ts';

/** A clock over a machine clock that stands still, with what it fired. */
function setUp() {
  const fired: [at: number, payload: unknown][] = [];
  let real = 1_000_000;
  const clock = new VirtualClock(
    () => undefined,
    () => real,
  );
  clock.handle('note', (payload) => {
    fired.push([clock.now(), payload]);
  });
  return {
    clock,
    fired,
    passReal: (milliseconds: number) => {
      real += milliseconds;
    },
  };
}

describe('VirtualClock', () => {
  test('runs beside the machine’s clock, and stands still when frozen', () => {
    const { clock, passReal } = setUp();
    passReal(500);
    expect(clock.now()).toBe(1_000_500);
    clock.setFrozen(true);
    passReal(500);
    expect(clock.now()).toBe(1_000_500);
    clock.setFrozen(false);
    passReal(500);
    expect(clock.now()).toBe(1_001_000);
  });

  test('fires what becomes due in order, each event at its own instant', async () => {
    const { clock, fired } = setUp();
    clock.schedule({ at: 1_000_300, kind: 'note', payload: 'c' });
    clock.schedule({ at: 1_000_100, kind: 'note', payload: 'a' });
    clock.schedule({ at: 1_000_100, kind: 'note', payload: 'b' });
    clock.schedule({ at: 1_000_900, kind: 'note', payload: 'later' });
    await clock.moveBy(500);
    expect(fired).toEqual([
      [1_000_100, 'a'],
      [1_000_100, 'b'],
      [1_000_300, 'c'],
    ]);
    expect(clock.now()).toBe(1_000_500);
  });

  test('awaits a handler, and what it schedules fires within the same move', async () => {
    const { clock, fired } = setUp();
    clock.handle('chain', async (_payload, at) => {
      await new Promise((resolve) => setImmediate(resolve));
      clock.schedule({ at: at + 100, kind: 'note', payload: 'second' });
    });
    clock.schedule({ at: 1_000_100, kind: 'chain' });
    await clock.moveBy(300);
    expect(fired).toEqual([[1_000_200, 'second']]);
  });

  test('fires by itself when real time reaches the event', async () => {
    const fired: number[] = [];
    const clock = new VirtualClock(() => undefined);
    clock.handle('note', (_payload, at) => {
      fired.push(at);
    });
    const at = clock.now() + 20;
    clock.schedule({ at, kind: 'note' });
    await expect.poll(() => fired).toEqual([at]);
    clock.close();
  });

  test('reports a handler that throws, and goes on', async () => {
    const failures: unknown[] = [];
    const work = new Work((error) => failures.push(error));
    const clock = new VirtualClock((promise) => work.track(promise));
    const fired: number[] = [];
    clock.handle('bad', () => {
      throw new Error('broken');
    });
    clock.handle('note', (_payload, at) => {
      fired.push(at);
    });
    const at = clock.now() + 5;
    clock.schedule({ at, kind: 'bad' });
    clock.schedule({ at, kind: 'note' });
    await expect.poll(() => fired).toEqual([at]);
    await work.settled();
    expect(failures).toEqual([new Error('broken')]);
    clock.schedule({ at: clock.now() + 1000, kind: 'bad' });
    clock.schedule({ at: clock.now() + 2000, kind: 'note' });
    await expect(clock.moveBy(5000)).rejects.toThrow('broken');
    await clock.moveBy(5000);
    expect(fired).toHaveLength(2);
    clock.close();
  });

  test('does not fire what was canceled, or anything once it is closed', async () => {
    const { clock, fired } = setUp();
    clock.cancel(clock.schedule({ at: 1_000_100, kind: 'note' }));
    await clock.moveBy(200);
    clock.schedule({ at: 1_000_300, kind: 'note' });
    clock.close();
    await clock.moveBy(200);
    expect(fired).toEqual([]);
  });

  test('counts what is due apart from what is background', () => {
    const { clock } = setUp();
    clock.schedule({ at: 1_000_100, kind: 'note', background: true });
    clock.schedule({ at: 1_000_200, kind: 'note' });
    expect(clock.due).toBe(1);
    expect(clock.nextAt({ background: false })).toBe(1_000_200);
    expect(clock.nextAt({ background: true })).toBe(1_000_100);
  });

  test('comes back from what it saved, events included', async () => {
    const { clock } = setUp();
    clock.setFrozen(true);
    clock.schedule({ at: 1_000_100, kind: 'note', payload: { publish_id: 'x' } });
    const saved: unknown = JSON.parse(JSON.stringify(clock.save()));
    const other = setUp();
    other.passReal(5_000_000);
    // What was saved a line above.
    other.clock.load(saved as ReturnType<VirtualClock['save']>);
    expect(other.clock.now()).toBe(1_000_000);
    await other.clock.moveBy(100);
    expect(other.fired).toEqual([[1_000_100, { publish_id: 'x' }]]);
  });
});

describe('EventQueue', () => {
  const step = fc.oneof(
    fc.record({
      act: fc.constant('add' as const),
      at: fc.integer({ min: 0, max: 50 }),
      background: fc.boolean(),
    }),
    fc.record({ act: fc.constant('remove' as const), which: fc.nat(60) }),
    fc.record({ act: fc.constant('take' as const), now: fc.integer({ min: 0, max: 50 }) }),
  );

  test('behaves as a sorted list would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new EventQueue();
        let model: { id: number; at: number; background: boolean }[] = [];
        for (const each of steps) {
          if (each.act === 'add') {
            const { at, background } = each;
            const id = queue.add({ at, background, kind: 'k', payload: null });
            model.push({ id, at, background });
            model.sort((one, two) => one.at - two.at || one.id - two.id);
          } else if (each.act === 'remove') {
            queue.remove(each.which);
            model = model.filter(({ id }) => id !== each.which);
          } else {
            const [first] = model;
            const expected = first !== undefined && first.at <= each.now ? first.id : undefined;
            expect(queue.takeDue(each.now)?.id).toBe(expected);
            if (expected !== undefined) model.shift();
          }
          expect(queue.list().map(({ id }) => id)).toEqual(model.map(({ id }) => id));
          expect(queue.nextAt(true)).toBe(model[0]?.at);
          expect(queue.nextAt(false)).toBe(model.find(({ background }) => !background)?.at);
          expect(queue.foreground).toBe(model.filter(({ background }) => !background).length);
        }
      }),
    );
  });

  test('goes on growing ids after it took over others', () => {
    const queue = new EventQueue();
    queue.replace([{ id: 7, at: 1, kind: 'k', payload: null, background: false }]);
    expect(queue.add({ at: 0, kind: 'k', payload: null, background: false })).toBe(8);
    expect(queue.takeDue(5)?.id).toBe(8);
    expect(queue.takeDue(5)?.id).toBe(7);
  });
});

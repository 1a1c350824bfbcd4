import t from 'tap';
import { fairOrder } from '../../src/runs/fair-queue.ts';

const run = (id: number, owner: string | null, state: 'queued' | 'interrupted' = 'queued', room = 0) => ({
  id,
  room,
  state,
  owner: owner === null ? null : { id: owner, name: '' },
});

const order = (runs: ReturnType<typeof run>[], turns: Record<string, number> = {}) =>
  fairOrder(
    runs,
    Object.entries(turns).map(([owner, turn]) => ({ room: 0, owner, turn })),
  ).map(({ id }) => id);

t.test('people take turns', async (t) => {
  t.same(order([]), []);
  t.same(order([run(1, 'a'), run(2, 'a'), run(3, 'a')]), [1, 2, 3], 'one by oneself keeps the order');
  const many = [run(1, 'a'), run(2, 'a'), run(3, 'a'), run(4, 'b'), run(5, 'c'), run(6, 'b')];
  t.same(order(many), [1, 4, 5, 2, 6, 3]);
  t.same(order([run(1, 'a'), run(2, null), run(3, null)]), [1, 2, 3], "nobody's runs are somebody's too");
});

t.test('whose turn was longest ago comes first', async (t) => {
  const runs = [run(7, 'a'), run(8, 'b'), run(9, 'c')];
  t.same(order(runs, { a: 2, b: 1 }), [9, 8, 7]);
});

t.test('what the end of the server interrupted goes on first', async (t) => {
  t.same(order([run(1, 'b'), run(2, 'a', 'interrupted'), run(3, 'a')]), [2, 1, 3]);
});

t.test('rooms take turns first, then people of a room', async (t) => {
  const large = [1, 2, 3, 4].map((id) => run(id, `pupil ${id}`, 'queued', 1));
  t.same(order([...large, run(5, 'a', 'queued', 2), run(6, 'a', 'queued', 2)]), [1, 5, 2, 6, 3, 4]);
  const both = [run(7, 'a', 'queued', 1), run(8, 'a', 'queued', 2)];
  const turns = [
    { room: 1, owner: 'b', turn: 9 },
    { room: 2, owner: 'a', turn: 3 },
  ];
  t.same(
    fairOrder(both, turns).map(({ id }) => id),
    [8, 7],
    'the room whose last turn is longest ago comes first',
  );
  t.same(
    fairOrder(
      [run(1, 'x', 'queued', 1), run(2, 'y', 'queued', 1)],
      [
        { room: 2, owner: 'x', turn: 5 },
        { room: 1, owner: 'y', turn: 1 },
      ],
    ).map(({ id }) => id),
    [1, 2],
    'a turn in another room is none here',
  );
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { domainOf, memoryWorld, next, tallyCount, type World, withNewTable } from '../../test/support/rebuilding.ts';
import { withoutTables } from '../../test/support/revisions.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import { Unavailable } from '../basics/errors.ts';
import type { AnyProjection } from '../read/projection.ts';
import { changePointer, type Pointers } from './pointers.ts';
import { completed, flippedTo, leading, registered, revisionTable } from './revisions.ts';
import { servedReader } from './serving.ts';

const [first, second, third] = [tallyTotal, next(tallyTotal), next(tallyTotal, 3)];
const at = '2026-01-01T00:00:00.000Z';

let world: World;
let reads: number;
let pointers: Pointers;
beforeEach(() => {
  world = memoryWorld();
  reads = 0;
  pointers = {
    ...world.pointers,
    read: (name) => {
      reads += 1;
      return world.pointers.read(name);
    },
  };
});

const know = (...revisions: AnyProjection[]) =>
  changePointer(world, first.name, (known) =>
    registered(
      known,
      revisions.map((one) => revisionTable(world.readModels, one)),
      { isFirst: true, at },
    ),
  );
const complete = ({ revision }: AnyProjection) =>
  changePointer(world, first.name, (known) => completed(leading(known, revision, at), revision, at));
const readerOf = (...projections: AnyProjection[]) => {
  const served = servedReader({ ...world, pointers, domain: domainOf(...projections) });
  return async () => {
    const { projection, answer, isComplete } = await served(first.name, async ({ revision }) => revision);
    expect(answer).toBe(projection.revision);
    return { revision: answer, isComplete };
  };
};

describe('a single revision', () => {
  test('serves from the first moment on, and says that it is not complete', async () => {
    expect(await readerOf(first)()).toEqual({ revision: 1, isComplete: false });
    await know(first);
    expect(await readerOf(first)()).toEqual({ revision: 1, isComplete: false });
  });

  test('that is complete asks for the pointer once in the life of a process', async () => {
    await know(first);
    await complete(first);
    const read = readerOf(first);
    for (let turn = 0; turn < 3; turn++) expect(await read()).toEqual({ revision: 1, isComplete: true });
    expect(reads).toBe(1);
  });
});

test('a revision whose table was made anew is not complete in it, though the steward has not come yet', async () => {
  await know(first);
  await complete(first);
  world = withNewTable(world, first);
  expect(await readerOf(first)()).toEqual({ revision: 1, isComplete: false });
});

test('a record of an older release, which names no table, is of the one that is there', async () => {
  await know(first);
  await complete(first);
  await changePointer(world, first.name, withoutTables);
  expect(await readerOf(first)()).toEqual({ revision: 1, isComplete: true });
});

describe('of two revisions', () => {
  test('the old one serves until the new one is complete, and a reader who saw it last finds the new one at once', async () => {
    await know(first);
    await complete(first);
    await know(first, second);
    const read = readerOf(second, first);
    expect(await read()).toEqual({ revision: 1, isComplete: true });
    await complete(second);
    expect(await read()).toEqual({ revision: 2, isComplete: true });
    expect(await read()).toEqual({ revision: 2, isComplete: true });
    expect(reads).toBe(3);
  });

  test('the new one answers a question that the old one refuses at once, in a process that knows the old one only', async () => {
    await know(first);
    await complete(first);
    await know(first, second);
    const served = servedReader({ ...world, pointers, domain: domainOf(first, second) });
    const ask = () =>
      served(first.name, ({ revision }) => {
        if (revision === 1) throw new Error('there is no such index');
        return Promise.resolve(revision);
      });
    await expect(ask()).rejects.toThrow('there is no such index');
    await complete(second);
    expect(await ask()).toMatchObject({ answer: 2, isComplete: true });
  });

  test('neither of which is complete, the older one serves', async () => {
    await know(first, second);
    expect(await readerOf(first, second)()).toEqual({ revision: 1, isComplete: false });
  });

  test('one that completes behind a newer one does not take over', async () => {
    await know(first, second, third);
    await complete(third);
    await complete(second);
    expect(await readerOf(first, second, third)()).toEqual({ revision: 3, isComplete: true });
  });
});

test('where the revision that served was replaced in place, the newest serves, and says that it is not complete', async () => {
  await know(first);
  await complete(first);
  await know(second, third);
  expect(await readerOf(second, third)()).toEqual({ revision: 3, isComplete: false });
});

test('where the revision that serves is not complete, the newest that is complete answers', async () => {
  await know(first, second);
  await complete(first);
  await changePointer(world, first.name, (known) => ({ ...known, serves: 2 }));
  expect(await readerOf(first, second)()).toEqual({ revision: 1, isComplete: true });
  await know(first, second, third);
  await complete(second);
  await changePointer(world, first.name, (known) => ({ ...known, serves: 3 }));
  expect(await readerOf(first, second, third)()).toEqual({ revision: 2, isComplete: true });
});

test('a revision that is gone back to answers, though a newer one is complete', async () => {
  await know(first, second);
  await complete(first);
  await complete(second);
  await changePointer(world, first.name, (known) => flippedTo(known, 1));
  expect(await readerOf(first, second)()).toEqual({ revision: 1, isComplete: true });
});

test('what a revision that does not serve any more answers, or how it fails, is nobody’s business', async () => {
  await know(first, second);
  await complete(first);
  const served = servedReader({ ...world, pointers, domain: domainOf(first, second) });
  await served(first.name, async () => {});
  await complete(second);
  const answer = await served(first.name, async ({ revision }) => {
    if (revision === 1) throw new Error('the table is gone');
    return 'new';
  });
  expect(answer).toMatchObject({ answer: 'new', projection: second });
});

test('without the pointer there is no answer: it might be an old one', async () => {
  const out = { ...pointers, read: async () => Promise.reject(new Unavailable('no pointer')) };
  const served = servedReader({ ...world, pointers: out, domain: domainOf(first, second) });
  await expect(served(first.name, async () => 'old')).rejects.toThrow(Unavailable);
});

test('names that are not there are not found', async () => {
  const served = servedReader({ ...world, pointers, domain: domainOf(tallyCount) });
  await expect(served('nothing', async () => {})).rejects.toMatchObject({ code: 'UnknownProjection' });
});

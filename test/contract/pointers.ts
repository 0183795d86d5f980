import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { noPointer, type Pointer, type Pointers } from '../../core/rebuild/pointers.ts';

const full = (projection: string, version: number): Pointer => ({
  projection,
  version,
  serves: 1,
  leads: 2,
  leadsSince: '2026-01-01T00:00:00.000Z',
  revisions: {
    1: {
      state: 'complete',
      attempt: 1,
      isFirst: true,
      since: '2026-01-01T00:00:00.000Z',
      segments: [{ index: 0, of: 1, commits: 7, isDone: true }],
    },
    2: {
      state: 'failed',
      attempt: 3,
      isFirst: false,
      since: '2026-01-02T00:00:00.000Z',
      segments: [
        { index: 0, of: 2, commits: 500, cursor: '{"stream":"order-1","version":1}', isDone: false },
        { index: 1, of: 2, commits: 0, isDone: false },
      ],
      error: 'Incomplete: 1 stream is missing',
    },
  },
});

/** What all pointers owe the core, whatever they are made of. */
export const pointersContract = (name: string, open: () => Pointers): void => {
  const nameOf = () => `projection-${randomUUID()}`;

  describe(`${name}: a pointer`, () => {
    test('is at version 0 if it was never written', async () => {
      const projection = nameOf();
      expect(await open().read(projection)).toEqual(noPointer(projection));
    });

    test('is read as it was written', async () => {
      const projection = nameOf();
      expect(await open().write(full(projection, 1))).toBe(true);
      expect(await open().read(projection)).toEqual(full(projection, 1));
    });

    test('is replaced by the next version, as a whole', async () => {
      const projection = nameOf();
      const pointers = open();
      await pointers.write(full(projection, 1));
      const bare: Pointer = { projection, version: 2, revisions: {} };
      expect(await pointers.write(bare)).toBe(true);
      expect(await pointers.read(projection)).toEqual(bare);
    });

    test.each([0, 1, 2, 4])('at version 2 is not replaced by version %i', async (version) => {
      const projection = nameOf();
      const pointers = open();
      await pointers.write(full(projection, 1));
      await pointers.write(full(projection, 2));
      expect(await pointers.write({ projection, version, revisions: {} })).toBe(false);
      expect(await pointers.read(projection)).toEqual(full(projection, 2));
    });

    test('that does not exist has no second version', async () => {
      const projection = nameOf();
      expect(await open().write(full(projection, 2))).toBe(false);
      expect(await open().read(projection)).toEqual(noPointer(projection));
    });

    test('is written by one of several writers at the same time', async () => {
      const projection = nameOf();
      const pointers = open();
      const outcomes = await Promise.all([1, 2, 3, 4].map((serves) => pointers.write({ ...full(projection, 1), serves })));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect((await pointers.read(projection)).serves).toBe(outcomes.indexOf(true) + 1);
    });

    test('cannot be changed through the object that was read', async () => {
      const projection = nameOf();
      const pointers = open();
      const written = full(projection, 1);
      await pointers.write(written);
      (written as { serves: number }).serves = 9;
      expect(await pointers.read(projection)).toEqual(full(projection, 1));
    });
  });
};

import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { note, notes, poison } from '../../test/support/owned-domain.ts';
import { deliveriesOf, everyCommit, storesOf } from '../../test/support/projecting.ts';
import { counted, deliver } from '../../test/support/read-taps.ts';
import { request } from '../../test/support/requests.ts';
import { documentReader } from './document-reader.ts';
import { belongsTo } from './owner.ts';
import type { ProjectionPorts } from './ports.ts';
import { type AnyProjection, nothing } from './projection.ts';

describe('a document belongs to', () => {
  const without: AnyProjection = { ...notes };
  delete (without as { owner?: unknown }).owner;
  test.each<[document: object | null, owner: string, projection: AnyProjection, isOwn: boolean]>([
    [{ owner: 'ada' }, 'ada', notes, true],
    [{ owner: 'ada' }, 'bo', notes, false],
    [{ owner: 'ada' }, 'Ada', notes, false],
    [{ owner: '' }, 'ada', notes, false],
    [{ owner: null }, 'null', notes, false],
    [{ owner: ['ada'] }, 'ada', notes, false],
    [{}, 'undefined', notes, false],
    [null, 'ada', notes, false],
    [{ owner: 'ada' }, 'ada', without, false],
    [{}, 'constructor', { ...notes, owner: 'constructor' }, false],
  ])('%j: %s of %#', (document, owner, projection, isOwn) => {
    expect(belongsTo(projection, document as Record<string, unknown> | null, owner)).toBe(isOwn);
  });
});

describe('a document that only its owner may read', () => {
  let stores: ProjectionPorts;
  let calls: string[];
  beforeEach(() => {
    ({ stores, calls } = counted(
      storesOf(
        memoryEventStore(() => new Date()),
        memoryReadModels(),
      ),
    ));
  });
  const send = (id: string, owner: string, text = 'x') =>
    handlerOn(stores.eventStore)(note, { id }, request({ type: 'OpenNote', data: { owner, text, drawer: 'top' } }));
  const projectAll = async () => deliver(stores, notes, deliveriesOf(await everyCommit(stores.eventStore)));
  const read = (id: string, owner: string | undefined, ...versions: readonly number[]) => {
    calls.length = 0;
    const after = versions.map((version) => ({ stream: { aggregate: 'note', id }, version }));
    return documentReader(stores)({ projection: notes, key: id, after, waitSeconds: 0, owner });
  };

  test('is nothing to another, with one read of the log where there is a token, as if it did not exist', async () => {
    await send('1', 'ada');
    await projectAll();
    for (const [id, owner, versions] of [
      ['1', 'bo', [1]],
      ['1', 'bo', [1, 1]],
      ['1', 'bo', [2]],
      ['9', 'bo', [1]],
    ] as const) {
      expect(await read(id, owner, ...versions)).toBe(nothing);
      expect(calls).toEqual(['get', 'read']);
    }
    expect(await read('1', 'bo')).toBe(nothing);
    expect(calls).toEqual(['get']);
  });

  test('is the owner’s without a read of the log, if the read model has it', async () => {
    await send('1', 'ada');
    await projectAll();
    expect(await read('1', 'ada', 1)).toMatchObject({ version: 1 });
    expect(calls).toEqual(['get']);
  });

  test('is judged after the missing events are folded in', async () => {
    await send('1', 'ada');
    await projectAll();
    await send('1', 'bo');
    expect(await read('1', 'ada', 2)).toBe(nothing);
    expect(await read('1', 'bo', 2)).toMatchObject({ version: 2, document: { owner: 'bo' } });
    expect(await read('1', undefined, 2)).toMatchObject({ version: 2 });
  });

  test('is folded up to the last of several tokens, also if it had another owner at the first', async () => {
    await send('1', 'ada');
    await projectAll();
    await send('1', 'bo');
    expect(await read('1', 'bo', 1, 2)).toMatchObject({ version: 2, document: { owner: 'bo' } });
  });

  test('is nothing to another whose tokens are those of other streams', async () => {
    await send('1', 'ada');
    await projectAll();
    const after = [{ stream: { aggregate: 'note', id: '2' }, version: 1 }];
    expect(await documentReader(stores)({ projection: notes, key: '1', after, waitSeconds: 0, owner: 'bo' })).toBe(nothing);
  });

  test('that is parked is nothing to another, after one read of the log', async () => {
    await send('1', 'ada');
    await send('1', 'ada', poison);
    await projectAll();
    expect(await read('1', 'bo', 2)).toBe(nothing);
    expect(calls).toEqual(['get', 'read']);
    await expect(read('1', 'ada', 2)).rejects.toMatchObject({ code: 'Parked' });
  });

  test('that cannot be folded is an error to the owner that it has come to', async () => {
    await send('1', 'ada');
    await send('1', 'bo');
    await send('1', 'bo', poison);
    await expect(read('1', 'bo', 3)).rejects.toMatchObject({ code: 'Parked' });
    for (const owner of ['ada', 'cleo']) expect(await read('1', owner, 3)).toBe(nothing);
    await expect(read('1', 'bo', 2)).resolves.toMatchObject({ version: 2 });
  });

  test('an event that is not recorded is an error to the owner alone', async () => {
    await send('1', 'ada');
    await projectAll();
    await expect(read('1', 'ada', 7)).rejects.toMatchObject({ code: 'InvalidRequest' });
    expect(await read('1', 'bo', 7)).toBe(nothing);
  });
});

import { expect, test } from '@jest/globals';
import { beginningOf, fromItem, hashOf, toItem } from '../../adapters/event-log/commit-item.ts';
import { digestOf, hasSameData, hasSameId } from '../../adapters/event-log/same-request.ts';
import type { Request } from '../../core/log/event-store.ts';
import { added } from '../support/requests.ts';
import { at, bytes, firstItem, hex } from '../support/stored.ts';

// How a commit keeps the id and the digest of its request. A change here breaks stored data: see stored-format.test.ts.

const first: Request = {
  ...{ commandId: 'k1', correlationId: 'trace-1', causationId: 'k1', actor: 'ada' },
  command: { type: 'Add', data: { note: 'é', amounts: [1, 2] } },
};
const plain: Request = { commandId: 'k2', correlationId: 'k2', causationId: 'k2', command: { type: 'Add', data: {} } };

const firstCommit = {
  ...{ stream: { tenant: 'acme', aggregate: 'tally', id: '7' }, version: 1, events: added(1, 2), recordedAt: at },
  ...{ commandId: 'k1', correlationId: 'trace-1', causationId: 'k1', actor: 'ada' },
};

/** Releases up to 0.2 stored the digest of the parsed data, in 16 bytes, and the key of a client as it is. */
test('the first commit of a stream, as releases up to 0.2 wrote it', () => {
  expect(fromItem(firstItem)).toEqual(firstCommit);
  expect(hex(hashOf(beginningOf('').hash, firstItem))).toBe(hex(firstItem.hash));
});

const firstWritten = {
  ...firstItem,
  request: bytes('2db073663d89b2481f207278cfe62f'),
  hash: bytes('6c28ccb23632257563e291a547c7ed015a57057b421568503e9f512a1bb622f4'),
};

test('the first commit of a stream, by a process of the service', () => {
  expect(toItem(beginningOf('acme/tally-7'), first, { events: added(1, 2) }, at)).toEqual(firstWritten);
  expect(fromItem(firstWritten)).toEqual(firstCommit);
});

test('the first commit of a stream, by a client', () => {
  const item = {
    ...{ ...firstWritten, command: ',k1' },
    hash: bytes('7635bf2ba571e14f1f6109c6827e592b24e45407e551b4aafb3d410d83b05df3'),
  };
  expect(toItem(beginningOf('acme/tally-7'), { ...first, commandFrom: 'client' }, { events: added(1, 2) }, at)).toEqual(item);
  expect(fromItem(item)).toEqual({ ...firstCommit, commandFrom: 'client' });
});

test('the digest of a request: of its data as received', () => {
  const data = { b: [1, { d: null, c: 'x' }], a: 'é' };
  expect(hex(digestOf({ ...plain, command: { type: 'Add', data } }))).toBe('0b3d2861d37fa1688fa6ecb04ba0fb');
  const received = { unknown: [null, { b: 2, a: 1 }], amounts: [1, 2], note: 'é' };
  expect(hex(digestOf({ ...first, received }))).toBe('df39a9c14f14468b2dae43c8909f4c');
});

test('the request of a commit, as it is recognised', () => {
  const stored = (command: string, request: string) => ({ command, request: bytes(request), actor: 'ada' });
  const asked: Request = {
    ...{ ...plain, actor: 'ada', commandFrom: 'client', received: { amounts: [1, 2] } },
    command: { type: 'Add', data: { amounts: [1, 2], currency: 'EUR' } },
  };
  const forms = {
    'as received': stored(',k2', 'a33bd025139f887306babcb1c8a8f3'),
    'up to 0.2, of the parsed data': stored('k2', '31624df8c0af32b023cbf8c9272591d2'),
    'up to 0.2, which had no default': stored('k2', 'a33bd025139f887306babcb1c8a8f3c3'),
  };
  for (const [form, one] of Object.entries(forms))
    expect([form, hasSameId(one, asked), hasSameData(one, asked)]).toEqual([form, true, true]);
});

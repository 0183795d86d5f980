import { describe, expect, test } from '@jest/globals';
import type { Request } from '../../core/log/event-store.ts';
import { commandIdOf, digestOf, hasSameData, hasSameId, storedId } from './same-request.ts';

const service: Request = { commandId: 'k1', correlationId: 'c', causationId: 'e', command: { type: 'Add', data: {} } };
const client: Request = { ...service, causationId: 'k1', commandFrom: 'client', actor: 'ada' };
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

describe('the stored id of a command', () => {
  test('is that of the service, or the key of a client behind a comma', () => {
    expect([storedId(service), storedId(client)]).toEqual(['k1', ',k1']);
    expect([commandIdOf({ command: 'k1' }), commandIdOf({ command: ',k1' })]).toEqual([
      { commandId: 'k1' },
      { commandId: 'k1', commandFrom: 'client' },
    ]);
  });

  test('cannot be read as another one', () => {
    expect(() => storedId({ ...service, commandId: ',k1' })).toThrow("',k1' cannot be an id of the service");
    expect(storedId({ ...service, commandId: 'a,b' })).toBe('a,b');
    expect(commandIdOf({ command: ',,k1' })).toEqual({ commandId: ',k1', commandFrom: 'client' });
  });

  test('may be missing in a damaged commit', () => expect(commandIdOf({ command: undefined as never })).toEqual({ commandId: undefined }));
});

describe('a commit has the id of a request', () => {
  const [now, earlier] = [digestOf(service), new Uint8Array(16)];
  test.each<[string, Partial<Parameters<typeof hasSameId>[0]>, Request, boolean]>([
    ['of the service', { command: 'k1', request: now }, service, true],
    ['of the service, under another id', { command: 'k2', request: now }, service, false],
    ['of the service, recorded by an earlier release', { command: 'k1', request: earlier, causation: 'e' }, service, true],
    ['of a client', { command: ',k1', request: now, actor: 'ada' }, client, true],
    ['of a client, for a process', { command: ',k1', request: now, actor: 'ada' }, { ...service, actor: 'ada' }, false],
    ['of another client', { command: ',k1', request: now, actor: 'bob' }, client, false],
    ['of the service, for a client', { command: 'k1', request: now, actor: 'ada' }, client, false],
    ['of a client of an earlier release', { command: 'k1', request: earlier, actor: 'ada' }, client, true],
    ['of another client of an earlier release', { command: 'k1', request: earlier, actor: 'bob' }, client, false],
    ['of an earlier release, under another key', { command: 'k2', request: earlier, actor: 'ada' }, client, false],
    ['of a saga of an earlier release', { command: 'k1', request: earlier, actor: 'ada', causation: 'order-1@1' }, client, false],
  ])('%s', (_, stored, request, isSame) => {
    expect(hasSameId({ command: '', request: now, ...stored }, request)).toBe(isSame);
  });
});

describe('the digest of a request', () => {
  test('is of the data as received, in 15 bytes', () => {
    const received = { b: 1, a: [2] };
    const request = { ...service, command: { type: 'Add', data: { currency: 'EUR' } }, received };
    expect(digestOf(request)).toHaveLength(15);
    expect(digestOf(request)).toEqual(digestOf({ ...service, command: { type: 'Add', data: received } }));
    expect(hasSameData({ command: '', request: digestOf(request) }, { ...request, command: { type: 'Add', data: {} } })).toBe(true);
    expect(hasSameData({ command: '', request: digestOf(request) }, { ...request, command: { type: 'Sub', data: {} } })).toBe(false);
    expect(hasSameData({ command: '', request: digestOf(request) }, { ...request, received: { b: 2, a: [2] } })).toBe(false);
  });

  // The data as received, if they are null.
  test('is of null where null was received', () => {
    const request = { ...service, received: null };
    expect(digestOf(request)).toEqual(digestOf({ ...service, command: { type: 'Add', data: null } }));
  });

  test.each<[string, unknown, string]>([
    ['keys in any order', { b: [1, { d: null, c: 'x' }], a: 'é' }, 'Cz0oYdN/oWiPpuywS6D7vg=='],
    ['a value with its own JSON', { when: new Date(0) }, '2mu1/AMsF/bCysWTNS2Awg=='],
    ['a value without keys', 'text', 'YF43wBBtIcgq65Oto/O5wQ=='],
  ])('of %s begins as that of earlier releases, which is compared in its own way', (_, data, digest) => {
    const request = { ...service, command: { type: 'Add', data } };
    const stored = { command: 'k1', request: bytes(digest) };
    expect(base64(digestOf(request))).toBe(base64(bytes(digest).subarray(0, 15)));
    expect(hasSameData(stored, request)).toBe(true);
    expect(hasSameData(stored, { ...request, received: { with: 'unknown fields' } })).toBe(true);
    expect(hasSameData(stored, { ...request, command: { type: 'Add', data: { with: 'a default' } }, received: data })).toBe(true);
    expect(hasSameData(stored, { ...request, command: { type: 'Add', data: { other: 1 } } })).toBe(false);
    expect(hasSameData(stored, { ...request, command: { type: 'Sub', data } })).toBe(false);
  });
});

describe('a copy of a commit out of another log', () => {
  const request = { commandId: 'k1', correlationId: 'k1', causationId: 'k1', command: { type: 'Import', data: [] } };
  test.each([15, 16])('keeps a digest of %d bytes, and is the same request only with the same one', (bytes) => {
    const digest = new Uint8Array(bytes).fill(7);
    const stored = { command: 'k1', request: digest };
    expect(digestOf({ ...request, digest })).toBe(digest);
    expect(hasSameData(stored, { ...request, digest: new Uint8Array(digest) })).toBe(true);
    expect(hasSameData(stored, { ...request, digest: new Uint8Array(bytes).fill(8) })).toBe(false);
    expect(hasSameData(stored, { ...request, digest: digestOf(request) })).toBe(false);
    expect(hasSameData({ command: 'k1', request: digestOf(request) }, { ...request, digest })).toBe(false);
  });
});

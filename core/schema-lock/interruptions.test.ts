import { expect, test } from '@jest/globals';
import { booking, domain, reception, room } from '../../test/stay/index.ts';
import { defineDomain } from '../registry/domain.ts';
import type { AnySaga } from '../sagas/saga.ts';
import { compareSagas, sagaShapes } from './sagas.ts';

const shapes = (saga: AnySaga) => sagaShapes(defineDomain({ ...domain, sagas: [saga] }), String);
const saga: AnySaga = reception;
const said = (one: AnySaga) => compareSagas(shapes(saga), shapes(one)).map(({ severity, path }) => `${severity}: ${path}`);

test('the shape of a saga has the events that interrupt it, and whether it has a key', () =>
  expect(shapes(saga)).toMatchObject({ reception: { 1: { interruptedBy: ['BookingCancelled', 'RoomClosed'], unique: 'running' } } }));

test.each<[string, AnySaga, readonly string[]]>([
  ['nothing', saga, []],
  ['an event fewer', { ...saga, interruptedBy: { RoomClosed: { of: room, id: () => '1', does: () => undefined } } }, ['interruptedBy']],
  ['no event', { ...saga, interruptedBy: undefined }, ['interruptedBy']],
  ['a key for ever', { ...saga, unique: { key: () => '', among: 'ever' } }, ['unique']],
  ['no key', { ...saga, unique: undefined }, ['unique']],
])('executions under way survive another start and other interruptions: %s', (_, one, fields) =>
  expect(said(one)).toEqual(fields.map((field) => `compatible: saga reception@1.${field}`)),
);

test.each<[string, AnySaga['interruptedBy'], RegExp]>([
  [
    'an aggregate of another domain',
    { X: { of: { ...booking, name: 'other' }, id: () => '1', does: () => undefined } },
    /no aggregate here/,
  ],
  ['an unknown event', { Nothing: { of: booking, id: () => '1', does: () => undefined } }, /'booking' does not record/],
])('%s interrupts no saga', (_, interruptedBy, rule) =>
  expect(() => defineDomain({ ...domain, sagas: [{ ...saga, interruptedBy }] })).toThrow(rule),
);

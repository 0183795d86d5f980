import { expect, test } from '@jest/globals';
import { courier, domain, parcel } from '../../../test/parcels/index.ts';
import type { AnyCalls } from '../../calls/calls.ts';
import { defineDomain } from '../../registry/domain.ts';
import { callShapes, callsKey, compareCalls } from './calls.ts';

const locked = callShapes(domain);
const found = (...calls: readonly AnyCalls[]) =>
  compareCalls(locked, callShapes(defineDomain({ deciders: [parcel], projections: [], calls }))).map(
    ({ severity, path, change }) => `${severity}: ${path} ${change}`,
  );
const { limits: _, answers, answered, ...plain } = courier;
const none = () => null;
const gone = 'incompatible: calls courier is no longer in the domain, or has neither limits nor answers';

test('the lock has the calls that have limits or answers', () => {
  expect(callsKey).toBe('made-as-calls');
  expect(locked).toEqual({ courier: { of: 'parcel', on: ['ParcelPacked'], isLimited: true, answers: ['201', '422'] } });
  expect(callShapes({ ...domain, calls: [plain] })).toEqual({});
});

test.each<[string, readonly AnyCalls[], readonly string[]]>([
  ['nothing', [courier], []],
  ['another number', [{ ...courier, limits: { concurrency: 9 } }], []],
  [
    'another event',
    [{ ...courier, on: { ...courier.on, ParcelLost: none } }],
    ['compatible: calls courier is called for other events, or answers more'],
  ],
  [
    'another third party with limits',
    [courier, { ...plain, name: 'post', limits: {} }],
    ['compatible: calls post has limits or answers now'],
  ],
  ['another third party without', [courier, { ...plain, name: 'post' }], []],
  ['none', [], [gone]],
  ['another name', [{ ...courier, name: 'rider' }], [gone, 'compatible: calls rider has limits or answers now']],
  ['neither limits nor answers', [plain], [gone]],
  ['no limits', [{ ...plain, answers, answered } as AnyCalls], ['incompatible: calls courier has no limits now']],
  [
    'an answer less',
    [{ ...courier, answers: { 201: answers?.[201] }, answered: { 201: none } } as AnyCalls],
    ['incompatible: calls courier has no row for the answer 422'],
  ],
])('%s', (_title, calls, findings) => expect(found(...calls)).toEqual(findings));

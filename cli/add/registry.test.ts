import { expect, test } from '@jest/globals';
import { withMember } from './registry.ts';

const source = `import { defineDomain } from 'foldstream';
import { order } from './order/decider.ts';

export const domain = defineDomain({
  deciders: [order],
  projections: [],
});
`;
const member = (list: 'deciders' | 'projections' | 'sagas', identifier: string, path: string) => ({ list, identifier, path });

test('a member comes last in its list, and its import stands in the order of the paths', () => {
  const once = withMember(source, member('deciders', 'booking', './booking/decider.ts'));
  expect(once).toBe(`import { defineDomain } from 'foldstream';
import { booking } from './booking/decider.ts';
import { order } from './order/decider.ts';

export const domain = defineDomain({
  deciders: [order, booking],
  projections: [],
});
`);
  expect(withMember(once, member('projections', 'zones', './zone/zones.ts'))).toContain(
    "import { order } from './order/decider.ts';\nimport { zones } from './zone/zones.ts';\n",
  );
});

test('a missing list is created', () => {
  expect(withMember(source, member('sagas', 'stay', './stay/saga.ts'))).toContain(
    '  projections: [],\n\n  sagas: [stay],\n});\n'.replace('\n\n', '\n'),
  );
});

test('a list of several lines keeps its lines', () => {
  const long = source.replace('[order]', '[\n    order,\n  ]');
  expect(withMember(long, member('deciders', 'booking', './booking/decider.ts'))).toContain('[\n    order,\n    booking,\n  ]');
});

test('a file of another form is not changed, and the lines to add are printed', () => {
  expect(() => withMember('export const domain = {};', member('deciders', 'booking', './booking/decider.ts'))).toThrow(
    "import { booking } from './booking/decider.ts';\n  deciders: [booking]",
  );
});

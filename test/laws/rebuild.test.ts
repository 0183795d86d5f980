import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { next, tallyCount } from '../support/rebuilding.ts';
import { runs } from '../support/runs.ts';
import { tallyTotal } from '../support/tally.ts';
import { type Flaws, rebuildLaw, type Subject } from './rebuild-law.ts';

const enoughToNotice = 2000;

const subjects: Readonly<Record<string, Subject>> = {
  'documents of one stream': {
    revisions: [tallyTotal, next(tallyTotal)],
    keyOf: ({ stream }) => stream.id,
    sizeOf: (document) => Number(document?.['sum'] ?? 0),
  },
  'documents of many streams': {
    revisions: [tallyCount, next(tallyCount)],
    keyOf: ({ stream }) => stream.id.slice(0, 1),
    sizeOf: (document) => Number(document?.['events'] ?? 0),
  },
};

const flaws: Readonly<Record<string, Flaws>> = {
  'a projector that knows no leader': { withoutLeader: true },
  'a flip without an audit': { withoutAudit: true },
};

describe.each(Object.entries(subjects))('%s', (_, subject) => {
  test('are rebuilt under live traffic: no query fails, none goes back in time, and nothing is missing', () =>
    fc.assert(rebuildLaw(subject), runs(100)));

  test.each(Object.entries(flaws))('the law notices %s', async (_flaw, flaw) => {
    const { failed, errorInstance } = await fc.check(rebuildLaw(subject, flaw), { numRuns: enoughToNotice, endOnFailure: true, seed: 42 });
    expect({ failed, error: String(errorInstance) }).toEqual({ failed: true, error: expect.stringMatching('back in time|holds') });
  });
});

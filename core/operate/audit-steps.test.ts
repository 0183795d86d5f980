import { beforeEach, expect, test } from '@jest/globals';
import { domainOf, memoryWorld, next, rebuildOf, runRebuild, stepsOf, tallyCount, type World } from '../../test/support/rebuilding.ts';
import { added, append } from '../../test/support/requests.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import type { AuditFinding } from '../audit/audit.ts';
import { type AuditTotals, nothingAudited } from '../audit/audit-totals.ts';
import { steward } from '../rebuild/steward.ts';
import { type Domain, defineDomain } from '../registry/domain.ts';
import { auditSteps } from './audit-steps.ts';

const second = next(tallyTotal);
const domain = domainOf(tallyTotal, second, tallyCount);
const publishing = defineDomain({ ...domain, publications: [tallyPublication] });
const far = new Date('2100-01-01');

let world: World;
let findings: AuditFinding[];
let reports: AuditTotals[];
beforeEach(async () => {
  world = memoryWorld();
  [findings, reports] = [[], []];
  await steward({ ...world, domain, rebuilds: { start: async () => 'running' } });
  for (const projection of [tallyTotal, second]) await runRebuild(stepsOf(domain, world), rebuildOf(projection));
});

const stepsIn = (of: Domain, { pointers, ...stores }: World = world) =>
  auditSteps({ domain: of, stores, pointers, onFinding: (one) => findings.push(one), onReport: (one) => reports.push(one) });

test('the plan has the complete revisions, and the eight segments of the log', async () => {
  expect(await stepsIn(domain).plan()).toEqual({
    projections: [
      { projection: 'tally-total', revision: 1 },
      { projection: 'tally-total', revision: 2 },
    ],
    audit: [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({ index, of: 8 })),
  });
});

test('the plan has the relay if the service publishes events', async () => {
  expect((await stepsIn(publishing).plan()).projections.slice(2)).toEqual([{ projection: 'relay', revision: 1 }]);
});

test('the plan of a service without a complete revision is the log alone', async () => {
  expect((await stepsIn(domain, memoryWorld()).plan()).projections).toEqual([]);
});

test('a segment is audited for each projection and the relay, and every difference is reported', async () => {
  await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id: 'late' }), added(1, 2));
  await append(world.eventStore, world.eventStore.begin({ aggregate: 'other', id: 'x' }), added(1));
  const projections = [
    { projection: 'tally-total', revision: 2 },
    { projection: 'relay', revision: 1 },
  ];
  const audited = { projections, segment: { index: 0, of: 1 }, progress: nothingAudited };
  expect(await stepsIn(publishing).audit(audited, far)).toEqual({ streams: 2, missing: 2, parked: 0, ahead: 0, isDone: true });
  const late = { stream: 'tally-late', recorded: 2, projected: 0, kind: 'missing' };
  expect(findings).toEqual([
    { projection: 'tally-total', revision: 2, ...late },
    { projection: 'relay', revision: 1, ...late },
  ]);
  expect(await world.readModels.get(second, 'late', 'strong')).toMatchObject({ version: 0 }); // The audit repairs nothing.
});

test('a segment that has no time left continues from its progress', async () => {
  const ids = Array.from({ length: 25 }, (_, index) => `s${index}`);
  for (const id of ids) await append(world.eventStore, world.eventStore.begin({ aggregate: tally.name, id }), added(1));
  const audited = { projections: [{ projection: 'tally-total', revision: 1 }], segment: { index: 0, of: 1 } };
  const first = await stepsIn(domain).audit({ ...audited, progress: nothingAudited }, new Date(0));
  expect(first).toMatchObject({ streams: 10, isDone: false });
  expect(await stepsIn(domain).audit({ ...audited, progress: first }, far)).toMatchObject({ streams: 25, missing: 25, isDone: true });
});

test('the report is the sum of the segments', async () => {
  const totals = { streams: 11, missing: 6, parked: 4, ahead: 2 };
  const audits = [
    { streams: 10, missing: 1, parked: 3, ahead: 0 },
    { streams: 1, missing: 5, parked: 1, ahead: 2 },
  ];
  expect(await stepsIn(domain).report({ audits })).toEqual(totals);
  expect(reports).toEqual([totals]);
});

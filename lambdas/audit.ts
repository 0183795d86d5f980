import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { auditStep, findingsTo } from '../adapters/lambda/step-events.ts';
import type { AuditTotals } from '../core/audit/audit-totals.ts';
import { auditSteps } from '../core/operate/audit-steps.ts';
import { domain, logger, measure, observing, pace, pointers, stores, timeIsUp } from './runtime.ts';

const onReport = (counts: AuditTotals) => {
  for (const [name, count] of Object.entries(counts)) measure(name, count);
};
const onFinding = findingsTo(logger);
const step = auditStep(auditSteps({ domain, stores: stores(), pointers: pointers(), pace: pace(), onFinding, onReport }));

/** Does the steps of the daily audit. lib/audit.ts has their order. */
export const handler = middy()
  .use([...observed(observing), reported(observing)])
  .handler((event, context) => step(event, timeIsUp(context)));

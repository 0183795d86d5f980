import middy from '@middy/core';
import { writeMetrics } from '../adapters/metrics.ts';
import { auditStep, logFinding } from '../adapters/step-events.ts';
import { auditSteps } from '../core/audit-steps.ts';
import type { AuditTotals } from '../core/audit-totals.ts';
import { domain, now, pointers, serviceName, stores, timeIsUp } from './runtime.ts';

const dimensions = { Service: serviceName() };
const onReport = (counts: AuditTotals) => writeMetrics({ at: now(), dimensions, counts: { ...counts } });
const step = auditStep(auditSteps({ domain, stores: stores(), pointers: pointers(), onFinding: logFinding, onReport }));

/** Does the steps of the audit that runs by the clock; lib/audit.ts says in which order. */
export const handler = middy().handler((event, context) => step(event, timeIsUp(context)));

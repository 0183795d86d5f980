import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { anchorSteps } from '../../core/audit/anchor-steps.ts';
import type { AuditFinding } from '../../core/audit/audit.ts';
import { parse } from '../../core/basics/messages.ts';
import type { auditSteps } from '../../core/operate/audit-steps.ts';
import type { rebuildSteps } from '../../core/rebuild/rebuild-steps.ts';

// The inputs that the state machines of lib/ send to their functions, one step at a time.

const segment = z.object({ index: z.int(), of: z.int() });
const totals = z.object({ streams: z.int(), missing: z.int(), parked: z.int(), ahead: z.int() });
/** An execution that began under an older release has no `recordedAt`. */
const open = z.object({ stream: z.string(), version: z.int(), recordedAt: z.string().default('1970-01-01T00:00:00.000Z') });
const pace = z.object({ nextAt: z.iso.datetime(), part: z.number().positive().max(1) });
const progress = totals.extend({ cursor: z.string().optional(), open: open.optional(), isDone: z.boolean(), pace: pace.optional() });
const audits = z.array(totals);
const rebuild = { projection: z.string(), revision: z.int(), attempt: z.int(), table: z.string().optional() };

/** An error as Step Functions reports it. `Cause` is JSON if a function failed. */
const failure = z.object({ Error: z.string().optional(), Cause: z.string().optional() });

const RebuildStep = z.discriminatedUnion('step', [
  z.object({ step: z.literal('plan'), ...rebuild }),
  z.object({ step: z.literal('fill'), ...rebuild, segment }),
  z.object({ step: z.literal('lead'), ...rebuild }),
  z.object({ step: z.literal('audit'), ...rebuild, segment, progress }),
  z.object({ step: z.literal('judge'), ...rebuild, audits, round: z.int() }),
  z.object({ step: z.literal('serve'), ...rebuild }),
  z.object({ step: z.literal('fail'), ...rebuild, failure }),
]);

/** Does one step of a rebuild. Long steps stop when the time is up, and return their progress. @throws what the step throws. */
export const rebuildStep =
  (steps: ReturnType<typeof rebuildSteps>) =>
  async (event: unknown, until: Date): Promise<unknown> => {
    const input = parse(RebuildStep, event, 'step');
    if (input.step === 'fill') return steps.fill(input, until);
    if (input.step === 'audit') return steps.audit(input, until);
    if (input.step === 'judge') return steps.judge(input);
    if (input.step === 'fail') return steps.fail({ ...input, error: describe(input.failure) });
    return steps[input.step](input);
  };

const describe = ({ Error: name = 'unknown', Cause = '' }: z.output<typeof failure>): string => {
  try {
    return `${name}: ${JSON.parse(Cause).errorMessage}`;
  } catch {
    return `${name}: ${Cause}`;
  }
};

const projections = z.array(z.object({ projection: z.string(), revision: z.int() }));

const AuditStep = z.discriminatedUnion('step', [
  z.object({ step: z.literal('plan') }),
  z.object({ step: z.literal('audit'), projections, segment, progress }),
  z.object({ step: z.literal('report'), audits }),
]);

/** Does one step of an audit. @throws what the step throws. */
export const auditStep =
  (steps: ReturnType<typeof auditSteps>) =>
  async (event: unknown, until: Date): Promise<unknown> => {
    const input = parse(AuditStep, event, 'step');
    if (input.step === 'audit') return steps.audit(input, until);
    return input.step === 'report' ? steps.report(input) : steps.plan();
  };

const head = z.object({ stream: z.string(), version: z.int(), hash: z.string() });
const anchored = z.object({
  ...{ streams: z.int(), isDone: z.boolean() },
  ...{ cursor: z.string().optional(), open: head.optional(), last: z.string().optional(), pace: pace.optional() },
});

const AnchorStep = z.discriminatedUnion('step', [
  z.object({ step: z.literal('plan') }),
  z.object({ step: z.literal('anchor'), anchor: z.string(), segment, progress: anchored }),
  z.object({ step: z.literal('complete'), anchor: z.string(), segments: z.array(anchored) }),
]);

/** Does one step of an anchor. @throws what the step throws. */
export const anchorStep =
  (steps: ReturnType<typeof anchorSteps>) =>
  async (event: unknown, until: Date): Promise<unknown> => {
    const input = parse(AnchorStep, event, 'step');
    if (input.step === 'anchor') return steps.anchor(input, until);
    return input.step === 'complete' ? steps.complete(input) : steps.plan();
  };

/** Writes each finding of an audit to the log. The metric has the number of findings; the log names the streams. */
export const findingsTo =
  (logger: Pick<Logger, 'warn'>) =>
  (finding: AuditFinding): void =>
    logger.warn(`${finding.stream} is ${finding.kind}`, { finding });

import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { findingsTo, rebuildStep } from '../adapters/lambda/step-events.ts';
import { rebuildSteps } from '../core/rebuild/rebuild-steps.ts';
import { domain, logger, observing, pointers, stores, timeIsUp } from './runtime.ts';

const { pause, ...others } = stores();
const onFinding = findingsTo(logger);
const step = rebuildStep(rebuildSteps({ domain, stores: { pause, ...others }, pointers: pointers(), pause, onFinding }));

/** Does the steps of a rebuild, one per invocation. lib/rebuild.ts has their order. */
export const handler = middy()
  .use([...observed(observing), reported(observing)])
  .handler((event, context) => step(event, timeIsUp(context)));

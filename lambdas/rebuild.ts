import middy from '@middy/core';
import { logFinding, rebuildStep } from '../adapters/step-events.ts';
import { rebuildSteps } from '../core/rebuild-steps.ts';
import { domain, pointers, stores, timeIsUp } from './runtime.ts';

const { pause, ...others } = stores();
const step = rebuildStep(rebuildSteps({ domain, stores: { pause, ...others }, pointers: pointers(), pause, onFinding: logFinding }));

/** Does the steps of a rebuild, one at a time; lib/rebuild.ts says in which order. */
export const handler = middy().handler((event, context) => step(event, timeIsUp(context)));

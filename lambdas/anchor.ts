import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { anchorStep } from '../adapters/lambda/step-events.ts';
import { anchorSteps } from '../core/audit/anchor-steps.ts';
import { anchors, chainLog, now, observing, pace, timeIsUp } from './runtime.ts';

const step = anchorStep(anchorSteps({ log: chainLog(), store: anchors(), now, pace: pace() }));

/** Does the steps of an anchor. lib/anchor.ts has their order. */
export const handler = middy()
  .use([...observed(observing), reported(observing)])
  .handler((event, context) => step(event, timeIsUp(context)));

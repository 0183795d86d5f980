import middy from '@middy/core';
import { anchorStep } from '../adapters/step-events.ts';
import { anchorSteps } from '../core/anchor-steps.ts';
import { anchors, chainLog, now, timeIsUp } from './runtime.ts';

const step = anchorStep(anchorSteps({ log: chainLog(), store: anchors(), now }));

/** Does the steps of an anchor; lib/anchor.ts says in which order. */
export const handler = middy().handler((event, context) => step(event, timeIsUp(context)));

import middy from '@middy/core';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { measuredStores } from '../adapters/lambda/measured.ts';
import { observed } from '../adapters/lambda/observed.ts';
import { causesIn, deliver, firstFailure } from '../adapters/lambda/stream-batch.ts';
import { awaken, type BatchOrReminder } from '../adapters/lambda/waking.ts';
import { projector } from '../core/read/projector.ts';
import { projectionsOf } from '../core/registry/domain.ts';
import { domain, logger, measure, observing, pointers, stores, timeIsUp } from './runtime.ts';

const { read } = pointers();
const leaderOf = async (projection: string) => (await read(projection)).leads;

const measured = measuredStores(stores(), measure);
const project = projector(measured, projectionsOf(domain), leaderOf);

/** Hosts every projection. */
export const handler = middy<BatchOrReminder, DynamoDBBatchResponse>()
  .use(observed(observing, { causesOf: causesIn }))
  .handler(async ({ Records, wake }, context) => {
    const notes = { logger, measure };
    if (wake) return awaken({ stores: measured, followers: domain.projections, bringUp: project, until: timeIsUp(context) }, notes);
    return firstFailure(Records, await deliver(Records, project), notes);
  });

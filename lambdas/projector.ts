import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { metered } from '../adapters/metrics.ts';
import { firstFailure, toDeliveries } from '../adapters/stream-batch.ts';
import { projectionsOf } from '../core/domain.ts';
import { projector } from '../core/projector.ts';
import { domain, listenerStores, meter, pointers } from './runtime.ts';

const { read } = pointers();
const project = projector(listenerStores(), projectionsOf(domain), async (projection) => (await read(projection)).leads);

/** Hosts every projection. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(metered(meter))
  .handler(async ({ Records }) => firstFailure(Records, await project(toDeliveries(Records)), meter.measure));

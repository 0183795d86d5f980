import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { metered } from '../adapters/metrics.ts';
import { firstFailure, toDeliveries } from '../adapters/stream-batch.ts';
import { isPublished, publicationsOf } from '../core/domain.ts';
import { integrationEvents } from '../core/publication.ts';
import { relay } from '../core/relay.ts';
import { bus, domain, listenerStores, meter } from './runtime.ts';

const relaying = {
  ...listenerStores(),
  bus: bus(),
  integrationEvents: integrationEvents(publicationsOf(domain)),
  isPublished: isPublished(domain),
};
const publish = relay(relaying);

/** Takes what the domain publishes to the bus. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(metered(meter))
  .handler(async ({ Records }) => firstFailure(Records, await publish(toDeliveries(Records)), meter.measure));

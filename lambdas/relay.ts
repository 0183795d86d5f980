import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { metered } from '../adapters/metrics.ts';
import { firstFailure, toDeliveries } from '../adapters/stream-batch.ts';
import { isRelayed, relayedOf } from '../core/domain.ts';
import { integrationEvents } from '../core/publication.ts';
import { relay } from '../core/relay.ts';
import { bus, domain, listenerStores, meter } from './runtime.ts';

const relaying = {
  ...listenerStores(),
  bus: bus(),
  integrationEvents: integrationEvents(relayedOf(domain)),
  isPublished: isRelayed(domain),
};

interface ByHand extends DynamoDBStreamEvent {
  /** Publishes also what was set aside, after the repair: docs/operations.md. */
  readonly retryParked?: boolean;
}

/** Takes what the domain publishes to the bus. */
export const handler = middy<ByHand, DynamoDBBatchResponse>()
  .use(metered(meter))
  .handler(async ({ Records, retryParked = false }) =>
    firstFailure(Records, await relay(relaying, { retryParked })(toDeliveries(Records)), meter.measure),
  );

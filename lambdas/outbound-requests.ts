import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { unqueued } from '../adapters/lambda/queued.ts';
import { causesOfNotice, toEventId } from '../adapters/lambda/saga-events.ts';
import { caller } from '../core/calls/outbound-requests.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { eventsOf } from '../core/registry/domain.ts';
import { domain, eventStore, observing, thirdParties } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const call = caller({ calls: domain.calls ?? [], thirdParties: thirdParties() });

/** Calls the third parties that an event of the bus asks for. */
export const handler = middy()
  .use([unqueued(), ...observed(observing, { causesOf: causesOfNotice }), reported(observing)])
  .handler(async (notice) => {
    const event = await unlessDropped(find(toEventId(notice)));
    if (event !== undefined) await call(event);
  });

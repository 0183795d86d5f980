import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { deliveryIn, orLater } from '../adapters/lambda/queued.ts';
import { causesOfNotice, toEventId } from '../adapters/lambda/saga-events.ts';
import { caller } from '../core/calls/outbound-requests.ts';
import { findEvent } from '../core/log/find-event.ts';
import { eventsOf } from '../core/registry/domain.ts';
import { callLater, domain, eventStore, observing, thirdParties } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const call = caller({ calls: domain.calls ?? [], thirdParties: thirdParties(domain.calls ?? []) });
const later = callLater();

/** Calls the third parties that an event of the bus asks for. */
export const handler = middy()
  .use([...observed(observing, { causesOf: (event) => causesOfNotice(deliveryIn(event).notice) }), reported(observing)])
  .handler(async (event) => {
    const { notice } = deliveryIn(event);
    await orLater(later, notice, async () => call(await find(toEventId(notice))));
  });

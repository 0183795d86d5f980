import { commandTo, defineCalls } from 'foldstream';
import * as z from 'zod';
import { customer } from './domain/customer/decider.ts';
import { parcel } from './parcels/index.ts';

// What must not compile of calls says so, and fails where it does. Nothing here runs.

const on = { ParcelPacked: () => ({ path: '/pickups', body: {} }) };
const calling = { name: 'courier', of: parcel, on } as const;
const answers = { 201: z.object({ tracking: z.string() }), 422: z.object({ reason: z.string() }) };
const found = (id: string) => commandTo(parcel, { id, type: 'FindParcel', data: {} });

defineCalls({ ...calling, limits: {}, credentials: { header: 'x-api-key' } });
defineCalls({ ...calling, credentials: { oauth: { tokenUrl: '/token' } } });
defineCalls({
  ...calling,
  to: [parcel],
  answers,
  answered: {
    201: ({ tracking }, { metadata, data }) =>
      'grams' in data ? commandTo(parcel, { id: metadata.id, type: 'BookPickup', data: { tracking } }) : null,
    422: ({ reason }, { metadata }) => (reason === '' ? null : [found(metadata.id)]),
  },
});

// @ts-expect-error a secret in the domain
defineCalls({ ...calling, credentials: { header: 'x-api-key', value: 'secret' } });
// @ts-expect-error an algorithm that is not offered
defineCalls({ ...calling, credentials: { hmac: { header: 'x-signature', algorithm: 'md5' } } });
// @ts-expect-error two kinds at once
defineCalls({ ...calling, credentials: { hmac: { header: 'x', algorithm: 'sha256' }, oauth: { tokenUrl: '/token' }, bearer: 'x' } });
// @ts-expect-error a limit that does not exist
defineCalls({ ...calling, limits: { perSecond: 5 } });
// @ts-expect-error the answer is misread
defineCalls({ ...calling, to: [parcel], answers, answered: { 201: ({ track }) => found(track), 422: () => null } });
// @ts-expect-error an answer without a row
defineCalls({ ...calling, to: [parcel], answers, answered: { 201: () => null } });
defineCalls({
  ...calling,
  to: [parcel],
  answers,
  // @ts-expect-error a command to an aggregate that `to` does not name
  answered: { 201: ({ tracking }) => commandTo(customer, { id: tracking, type: 'RemoveCustomer', data: {} }), 422: () => null },
});
// @ts-expect-error a promise: a row asks for commands, and sends none
defineCalls({ ...calling, to: [parcel], answers, answered: { 201: async () => null, 422: () => null } });

import * as z from 'zod';
import { type AnyProjection, defineProjection } from '../../core/read/projection.ts';
import { type Domain, defineDomain } from '../../core/registry/domain.ts';
import { domain as shop } from '../domain/index.ts';
import { events } from '../domain/order/events.ts';

const document = z.object({ customerId: z.string(), cents: z.number(), seller: z.string() });

/** Documents of one stream under indexes by text and by number, with a field that is a partition here and a sort field there; a cancellation parks. */
const ledger = defineProjection({
  name: 'ledger',
  revision: 1,
  events,
  document,
  indexes: { byCustomer: { partition: 'customerId', sort: 'cents' }, byCents: { partition: 'cents', sort: 'customerId' } },
  initialState: (): z.output<typeof document> => ({ customerId: '', cents: 0, seller: '' }),
  evolve: {
    OrderPlaced: (_, { customerId, lines: [line] }) => ({ customerId, cents: line?.priceCents ?? 0, seller: line?.sellerId ?? '' }),
    OrderCancelled: (_, { reason }) => {
      throw new RangeError(`no row for ${reason}`);
    },
  },
});

/** The same of many streams: a document for each customer. */
const accounts: AnyProjection = {
  ...ledger,
  name: 'accounts',
  key: ({ type, data }) => (type === 'OrderPlaced' ? (data as { customerId: string }).customerId : 'cancelled'),
};

/** The shop, with read models that some of its events are poison to. */
export const tenantDomain: Domain = defineDomain({ ...shop, projections: [...shop.projections, ledger, accounts] });

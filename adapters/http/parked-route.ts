import type { ServedReader } from '../../core/rebuild/serving.ts';
import { relaysOf } from '../../core/registry/followers.ts';
import type { DocumentQueries } from './document-route.ts';
import type { Handlers } from './http.ts';
import { ok } from './http-response.ts';

/** Lists the streams that a projection or the relay has parked. */
export const parkedRoute = ({ domain, readModels }: DocumentQueries, served: ServedReader): Handlers<'parked'> => ({
  parked: async ({ params, query, caller }) => {
    const page = { tenant: caller.tenant, ...query };
    const relay = relaysOf(domain).find(({ name }) => name === params.projection);
    if (relay !== undefined) return ok(await readModels.parked(relay, page));
    const { answer } = await served(params.projection, (revision) => readModels.parked(revision, page));
    return ok(answer);
  },
});

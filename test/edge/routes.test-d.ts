import type { Handlers } from '../../adapters/http/http.ts';
import { ok } from '../../adapters/http/http-response.ts';
import { descriptions } from '../../adapters/openapi/descriptions.ts';

// Nothing here runs: it is the compiler that is tested. A handler reads and answers what the table of routes names, and what it names
// is described.

const handlers: Partial<Handlers> = {
  parked: async ({ query: { limit, cursor } }) => {
    const most: number = limit; // It has a default, so it is there.
    return ok({ most, cursor });
  },
  // @ts-expect-error the table does not give this header to the route
  stream: async () => ok({}, { 'x-freshness': 'filling' }),
  // @ts-expect-error nor does it know the parameter
  published: async ({ query }) => ok(query.order),
  // @ts-expect-error or the header
  documents: async ({ headers }) => ok(headers.prefer),
  // @ts-expect-error or the variable of the path
  saga: async ({ params }) => ok(params.aggregate),
};
// @ts-expect-error a parameter without a description
const silent: typeof descriptions.parked.query = { limit: 'how many' };
// @ts-expect-error a description of no parameter
const inventive: typeof descriptions.parked.query = { limit: 'how many', cursor: 'where', order: 'which way' };
// @ts-expect-error a route without a description
const incomplete: typeof descriptions = { command: descriptions.command };
void [handlers, silent, inventive, incomplete];

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Access, authorization } from '../../adapters/http/authorization.ts';
import { commandRoute } from '../../adapters/http/command-route.ts';
import { http } from '../../adapters/http/http.ts';
import { queryRoutes } from '../../adapters/http/query-routes.ts';
import { sagaRoute } from '../../adapters/http/saga-route.ts';
import { tenantQuota } from '../../adapters/http/token/tenant-quota.ts';
import { memoryPointers } from '../../adapters/read-models/memory-pointers.ts';
import type { Quota } from '../../core/basics/token-bucket.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { projector } from '../../core/read/projector.ts';
import type { Pointers } from '../../core/rebuild/pointers.ts';
import { withDocumentKeys } from '../../core/registry/document-keys.ts';
import { type Domain, projectionsOf } from '../../core/registry/domain.ts';
import type { SagaExecutions } from '../../core/sagas/status.ts';
import type { TailCache } from '../../core/write/command-handler.ts';
import { handlerOn } from './handling.ts';
import { unobserved } from './log-lines.ts';
import { deliveriesOf, everyCommit } from './projecting.ts';
import { type Asked, context, type HttpHandler, httpEvent, jsonOf } from './read-lambda.ts';
import { tapped } from './read-taps.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body, from JSON; undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers.
  readonly body: any;
}

export interface EdgeOptions extends Omit<Access, 'domain'> {
  readonly cache?: TailCache;
  readonly executions?: SagaExecutions;
  readonly pointers?: Pointers;
  /** What each tenant may send. */
  readonly quota?: Quota;
}

/** The HTTP API of a domain over some stores, as API Gateway calls it. `writes` are the calls that changed something. */
export const edgeOf = (
  domain: Domain,
  stores: ProjectionPorts,
  { cache, executions = noExecutions, pointers = memoryPointers(), quota, ...access }: EdgeOptions = { auth: 'none' },
) => {
  const [authorize, observing] = [authorization({ domain, ...access }), unobserved()];
  /** The functions are processes of their own. */
  const edge = () => ({ domain, authorize, observing, admit: quota === undefined ? undefined : tenantQuota(quota, stores.now) });
  const writes: string[] = [];
  const { append } = stores.eventStore;
  const counting: ProjectionPorts = {
    ...tapped(stores, (_, act) => act()),
    eventStore: {
      ...stores.eventStore,
      append: async (...args) => {
        const appended = await append(...args);
        writes.push('append');
        return appended;
      },
    },
  };
  const checked = withDocumentKeys(counting.eventStore, { domain, now: counting.now });
  const commands = commandRoute({ domain, handle: handlerOn(checked, cache), measure: () => {} });
  const command = http(commands, edge()) as unknown as HttpHandler;
  const asked = {
    ...queryRoutes({ ...access, hasQuota: quota !== undefined, domain, pointers, ...counting }),
    ...sagaRoute({ domain, eventStore: counting.eventStore, executions }),
  };
  const query = http(asked, edge()) as unknown as HttpHandler;

  /** An event of API Gateway, given to the function that serves its route. */
  const handle = (event: APIGatewayProxyEventV2) => (event.routeKey.startsWith('POST /{') ? command : query)(event, context);
  const ask = async (route: string, asked: Asked = {}): Promise<Reply> => toReply(await handle(httpEvent(route, asked)));
  const send = (aggregate: string, id: string, type: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
    ask('POST /{aggregate}/{id}/{command}', { params: { aggregate, id, command: type }, headers, ...(body === undefined ? {} : { body }) });
  const get = (projection: string, key: string, headers: Readonly<Record<string, string>> = {}) =>
    ask('GET /{projection}/{key}', { params: { projection, key }, headers });
  const list = (projection: string, query: Readonly<Record<string, string>> = {}) =>
    ask('GET /{projection}', { params: { projection }, query });
  /** Brings all read models up to date. */
  const project = async (): Promise<void> => {
    await projector(stores, projectionsOf(domain))(deliveriesOf(await everyCommit(stores.eventStore)));
  };
  return { handle, ask, send, get, list, project, writes };
};

const noExecutions: SagaExecutions = { of: async () => undefined };

export const toReply = (answer: APIGatewayProxyStructuredResultV2): Reply => ({
  status: answer.statusCode ?? 0,
  headers: answer.headers ?? {},
  body: answer.body === '' || answer.body === undefined ? undefined : jsonOf(answer),
});

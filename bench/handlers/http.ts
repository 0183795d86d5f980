import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { authorization } from '../../adapters/http/authorization.ts';
import { toCommandRequest, toCommandResponse } from '../../adapters/http/command-route.ts';
import { http } from '../../adapters/http/http.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { account } from '../stores/account-decider.ts';
import { handlerOn } from '../stores/foldstream.ts';

/** lambdas/command.ts for the account of the bench: takes an event of API Gateway, and returns its answer. */
export const commandLambda = (client: DynamoDBClient) => {
  const handle = handlerOn(client);
  const observing = { logger: new Logger({ logLevel: 'WARN' }), metrics: new Metrics(), isSampled: () => false, clients: [] };
  const domain = defineDomain({ deciders: [account], projections: [] });
  return http(
    {
      command: async (request) => toCommandResponse(await handle(account, { id: request.params.id }, toCommandRequest(account, request))),
    },
    { domain, authorize: authorization({ domain, auth: 'token' }), observing },
  );
};

export const apiEvent = (id: string, command: string, data: unknown, key: string) => ({
  version: '2.0',
  routeKey: 'POST /{aggregate}/{id}/{command}',
  rawPath: `/account/${id}/${command}`,
  rawQueryString: '',
  headers: { 'content-type': 'application/json', 'idempotency-key': key, 'x-correlation-id': key },
  pathParameters: { aggregate: 'account', id, command },
  body: JSON.stringify(data),
  isBase64Encoded: false,
  requestContext: {
    requestId: key,
    http: { method: 'POST', path: `/account/${id}/${command}`, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
    authorizer: { jwt: { claims: { sub: 'bench', scope: 'account:write' } } },
  },
});

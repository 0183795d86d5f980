import { expect, test } from '@jest/globals';
import { toOpenApi } from '../../adapters/openapi/openapi.ts';
import { domain } from '../domain/index.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, looked at from outside.
type Json = any;
const corsOf = (settings: Readonly<Record<string, unknown>>): Json =>
  propertiesOf(
    synthesize(() => {}, settings),
    'AWS::ApiGatewayV2::Api',
  )[0]?.['CorsConfiguration'];

test('pages of another origin may send every header that is described, and read every one of an answer', () => {
  const cors = corsOf({ allowedOrigins: 'https://shop.example' });
  const api: Json = toOpenApi(domain);
  const operations: Json[] = Object.values<Json>(api.paths).flatMap((item) => Object.values(item));
  const taken = operations.flatMap(({ parameters }) => parameters.filter((one: Json) => one.in === 'header').map(({ name }: Json) => name));
  const given = operations.flatMap(({ responses }) => Object.values<Json>(responses).flatMap(({ headers }) => Object.keys(headers)));
  expect(cors).toMatchObject({ AllowOrigins: ['https://shop.example'], AllowMethods: ['POST', 'GET', 'HEAD'], MaxAge: 3600 });
  expect(cors.AllowHeaders).toEqual(
    [...new Set([...taken, 'authorization', 'command-version', 'content-type', 'x-correlation-id'])].sort(),
  );
  expect(cors.ExposeHeaders).toEqual([...new Set([...given, 'allow', 'www-authenticate'])].sort());
  for (const name of ['x-freshness', 'x-parked', 'idempotent-replayed']) expect(cors.ExposeHeaders).toContain(name);
});

test('pages of other origins may not, if the stage names no origin', () => expect(corsOf({})).toBeUndefined());

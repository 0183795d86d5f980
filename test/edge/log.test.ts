import { afterEach, expect, jest, test } from '@jest/globals';
import { authorization } from '../../adapters/authorization.ts';
import { http } from '../../adapters/http.ts';
import { NotFound } from '../../core/errors.ts';
import { domain } from '../../domain/index.ts';
import { context, type HttpHandler, httpEvent } from '../support/read-lambda.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const routes = {
  'GET /health': async () => ({ status: 200 }),
  'GET /openapi.json': async () => {
    throw new NotFound('NotFound', 'x');
  },
};

/** The lines that an answer leaves, by level. */
const linesOf = async (route: string, level: 'INFO' | 'WARN', isSampled: boolean) => {
  const lines: string[] = [];
  for (const name of ['info', 'warn', 'error'] as const) jest.spyOn(console, name).mockImplementation(() => void lines.push(name));
  const handler = http(routes, { authorize: authorization({ domain, auth: 'none' }), level, isSampled: () => isSampled });
  await (handler as unknown as HttpHandler)(httpEvent(route), context);
  return lines;
};

test.each([
  ['WARN', false, []],
  ['WARN', true, ['info']],
  ['INFO', false, ['info']],
] as const)('at %s, in the sample: %s, a success leaves %j', async (level, isSampled, lines) =>
  expect(await linesOf('GET /health', level, isSampled)).toEqual(lines),
);

test.each([true, false])('a failure always leaves a line; in the sample: %s', async (isSampled) =>
  expect(await linesOf('GET /openapi.json', 'WARN', isSampled)).toEqual(['warn']),
);

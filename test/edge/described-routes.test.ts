import { describe, expect, test } from '@jest/globals';
import { type RouteRow, routeNames, rowOf } from '../../adapters/http/routes.ts';
import { reservedNames } from '../../core/registry/domain.ts';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { operationsOf } from './described.ts';

const operations = operationsOf((await edgeOf(domain, memoryStores()).ask('GET /openapi.json')).body);

/** The domain of this test has no webhooks: test/kiosk has. */
const routesOfDomain = routeNames.filter((name) => name !== 'webhook');

describe('each route is described, and each description is served:', () => {
  test.each(routesOfDomain)('%s', (route) => expect(operations.some((one) => one.route === route)).toBe(true));

  /** Of every row, the members that it serves, worked out without the descriptions. */
  const members = (row: RouteRow): readonly string[] => {
    const named = (name: string, all: readonly { readonly name: string }[], paths: readonly string[]) =>
      paths.flatMap((path) => (path.includes(`{${name}}`) ? all.map((one) => path.replace(`{${name}}`, one.name)) : [path]));
    const { deciders, projections, sagas = [] } = domain;
    const relay = row.path.startsWith('/parked') ? [{ name: 'relay' }] : [];
    const paths = named('saga', sagas, named('projection', [...projections, ...relay], [row.path]));
    return paths.flatMap((path) =>
      deciders.flatMap(({ name, commands }) =>
        named(
          'command',
          Object.keys(commands).map((type) => ({ name: type })),
          path.includes('{aggregate}') ? [path.replace('{aggregate}', name)] : [path],
        ),
      ),
    );
  };
  test('only paths that never answer data are left out', () => {
    const served = new Set(routesOfDomain.flatMap((name) => members(rowOf(name)).map((path) => `${rowOf(name).method} ${path}`)));
    const described = new Set(operations.map(({ name }) => name));
    expect([...described].filter((name) => !served.has(name))).toEqual([]);
    const unlisted = domain.projections.filter(({ indexes = {} }) => Object.keys(indexes).length === 0).map(({ name }) => `GET /${name}`);
    const unpublished = [...served].filter((name) => name.endsWith('/published') && !described.has(name));
    expect([...served].filter((name) => !described.has(name)).sort()).toEqual([...unlisted, ...unpublished].sort());
    expect(unpublished).not.toContain('GET /streams/order/{id}/published');
  });

  test('their first words are reserved', () => {
    const words = routeNames.map((name) => rowOf(name).path.split('/')[1] ?? '').filter((word) => word !== '' && !word.startsWith('{'));
    expect(words.filter((word) => !reservedNames.has(word))).toEqual([]);
  });
});

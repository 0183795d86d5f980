import type { OwnedWorld, Probe, User } from './owned-world.ts';
import type { Asked } from './read-lambda.ts';

// What a user asks for that wants to see what is another's: each route, in every way that a request can say something.

export interface Names {
  readonly ids: readonly string[];
  readonly users: readonly string[];
  readonly drawers: readonly string[];
}

const get = (route: string, asked: Asked): Probe => ({ route: `GET ${route}`, asked });
const versions = [1, 2, 3, 5];

/** The lists of a tenant, a document at a time. */
const listsOf = ({ users, drawers }: Names): readonly Probe[] => [
  ...users.flatMap((owner) => [
    get('/{projection}', { params: { projection: 'notes' }, query: { owner, limit: '1' } }),
    get('/{projection}', { params: { projection: 'notes' }, query: { owner, order: 'desc' } }),
    get('/{projection}', { params: { projection: 'owners' }, query: { owner } }),
  ]),
  ...drawers.flatMap((drawer) => [
    get('/{projection}', { params: { projection: 'notes' }, query: { drawer, limit: '1' } }),
    get('/{projection}', { params: { projection: 'drawers' }, query: { text: drawer } }),
  ]),
  ...['notes', 'owners', 'drawers', 'relay'].map((projection) => get('/parked/{projection}', { params: { projection } })),
];

/** The cursors of all lists, by the list that they continue. */
export const cursorsIn = async (
  world: OwnedWorld,
  users: readonly User[],
  names: Names,
): Promise<readonly (readonly [Probe, string])[]> => {
  const found: [Probe, string][] = [];
  for (const user of users)
    for (const probe of listsOf(names)) {
      const { reply } = await world.askAll(user, probe);
      if (typeof reply.body?.cursor === 'string') found.push([probe, reply.body.cursor]);
    }
  return found;
};

/** Every route, as a user may ask it to get at what is another's. */
export const probesOf = (names: Names, cursors: readonly (readonly [Probe, string])[]): readonly Probe[] => {
  const { ids, users, drawers } = names;
  const tokens = ids.flatMap((id) => versions.map((version) => `note-${id}@${version}`));
  const documents = (
    [
      ['notes', ids],
      ['owners', users],
      ['drawers', drawers],
    ] as const
  ).flatMap(([projection, keys]) =>
    keys.flatMap((key) => {
      const params = { projection, key };
      return [
        get('/{projection}/{key}', { params }),
        get('/{projection}/{key}', { params, headers: { 'if-none-match': '*' } }),
        ...versions.map((version) => get('/{projection}/{key}', { params, headers: { 'if-none-match': `"${version}"` } })),
        ...tokens
          .filter((token) => projection === 'owners' || token.startsWith('note-1@') || token.startsWith(`note-${key}@`))
          .map((token) => get('/{projection}/{key}', { params, headers: { 'read-after': token } })),
        get('/{projection}/{key}', { params, headers: { 'read-after': tokens.slice(0, 3).join() } }),
      ];
    }),
  );
  const streams = ids.flatMap((id) => {
    const params = { aggregate: 'note', id };
    return [
      ...[
        {},
        { order: 'desc' },
        { order: 'desc', limit: '1' },
        { limit: '1' },
        { from: '2' },
        { from: '2', limit: '1' },
        { from: '9' },
      ].map((query) => get('/streams/{aggregate}/{id}', { params, query: query as Record<string, string> })),
      ...[{}, { from: '2' }, { from: '2', limit: '1' }, { from: '9' }].map((query) =>
        get('/streams/{aggregate}/{id}/published', { params, query: query as Record<string, string> }),
      ),
      ...[{}, { version: '1' }, { version: '2' }, { version: '9' }, { at: '2026-01-01T00:00:03Z' }, { at: '2025-01-01T00:00:00Z' }].map(
        (query) => get('/streams/{aggregate}/{id}/state', { params, query: query as Record<string, string> }),
      ),
    ];
  });
  const sagas = [...ids, ...tokens.filter((token) => !/@[35]$/.test(token))].flatMap((id) => [
    get('/sagas/{saga}/{id}', { params: { saga: 'filing', id } }),
    ...[{}, { limit: '1' }, { from: '2' }].map((query) =>
      get('/sagas/{saga}/{id}/runs', { params: { saga: 'filing', id }, query: query as Record<string, string> }),
    ),
  ]);
  const continued = cursors.map(([{ route, asked }, cursor]) => ({ route, asked: { ...asked, query: { ...asked.query, cursor } } }));
  const stolen = cursors.flatMap(([, cursor]) =>
    users.map((owner) => get('/{projection}', { params: { projection: 'notes' }, query: { owner, cursor } })),
  );
  const open = ['GET /', 'GET /openapi.json', 'GET /asyncapi.json', 'GET /health', '$default'].map((route) => ({ route, asked: {} }));
  return [...documents, ...listsOf(names), ...streams, ...sagas, ...continued, ...stolen, ...open];
};

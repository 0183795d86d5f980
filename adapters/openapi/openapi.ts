import * as z from 'zod';
import { placedAt, pointerStep } from '../../core/basics/json-schema.ts';
import type { Domain } from '../../core/registry/domain.ts';
import type { Access } from '../http/authorization.ts';
import { type alwaysGiven, open, type RouteName, type RouteRow, routeNames, rowOf } from '../http/routes.ts';
import { answer } from './commands.ts';
import { descriptions } from './descriptions.ts';
import { freshness } from './documents.ts';
import {
  type Answer,
  type Description,
  headerRef,
  type Json,
  json,
  type Operation,
  parameterSchema,
  ref,
  schemaOf,
  text,
} from './parts.ts';

/** The title of the API. */
export const serviceName = 'Foldstream';

type Guarding = Partial<Omit<Access, 'domain'>> & { readonly hasQuota?: boolean };

/** The API of a domain as OpenAPI 3.1: a path for each route and member, with the same schemas that check the requests. */
export const toOpenApi = (domain: Domain, { auth = 'none', tenantClaim, scopePrefix, hasQuota = false }: Guarding = {}): Json => ({
  openapi: '3.1.0',
  info: { title: serviceName, version: '1', description: general },
  paths: Object.fromEntries(routeNames.flatMap((route) => pathsOf(domain, route, { auth, scopePrefix, hasQuota }))),
  components: {
    schemas: { Answer: answer, Problem: problem },
    headers: Object.fromEntries(Object.entries(headerTexts).map(([name, description]) => [name, { description, schema: text }])),
    parameters: { 'x-correlation-id': headerParameter('x-correlation-id', 'The log and the events have this id.') },
    ...(auth === 'none'
      ? {}
      : { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', ...whose(tenantClaim) } } }),
  },
});

const general =
  'Every GET path also serves HEAD: the same status and headers, without the body. OPTIONS answers with the methods of a path in ' +
  'allow, and so does the 405 to any other method. Every answer has the headers that reserve it for its caller: ' +
  'cache-control, content-security-policy, referrer-policy, strict-transport-security, x-content-type-options (components.headers).';

/** The headers that answers of several or all routes may have. */
const headerTexts = {
  allow: 'the methods of the path, with 405 and to OPTIONS',
  'retry-after': 'the seconds after which the same request may be sent again',
  'www-authenticate': 'Bearer, and the scope that the token does not have',
  'x-correlation-id': 'the id of the request, or a new id: the log has the request under it',
  'cache-control': 'no-store, unless the route says otherwise',
  'content-security-policy': 'an answer cannot load, run or be framed',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'HTTPS only, for two years',
  'x-content-type-options': 'nosniff',
} as const satisfies Readonly<Record<(typeof alwaysGiven)[number], string>> & Readonly<Record<string, string>>;

const whose = (tenantClaim: string | undefined): Json =>
  tenantClaim === undefined ? {} : { description: `The claim '${tenantClaim}' names the tenant of all streams and documents.` };

const pathsOf = <R extends RouteName>(
  domain: Domain,
  route: R,
  { auth, scopePrefix = '', hasQuota = false }: Guarding,
): (readonly [string, Json])[] => {
  const description: Description<R> = descriptions[route];
  const row = rowOf(route);
  return description.operations(domain).map((operation) => {
    const isOpen = auth === 'none' || row.scope === open;
    const scope = isOpen ? undefined : `${scopePrefix}${row.scope(domain, operation.of)}`;
    const own = isOpen ? undefined : row.own?.(domain, operation.of);
    const ownScopes = own && (own.scope === undefined ? [] : [`${scopePrefix}${own.scope}`]);
    const described = {
      ...{ row, scope, ownScopes, hasQuota: hasQuota && row.scope !== open },
      description: description as unknown as Loose,
      operation: operation as unknown as LooseOperation,
    };
    return [pathOf(row, described.operation), { [row.method.toLowerCase()]: operationOf(described) }] as const;
  });
};

/** The untyped form of a description. The types of the descriptions have checked the names. */
type Loose = Record<'variables' | 'query' | 'takes' | 'gives', Readonly<Record<string, string>>> &
  Pick<Description<RouteName>, 'refusals' | 'refusalsOfOwners'>;
type LooseOperation = Omit<Operation<RouteName>, 'of' | 'schemas' | 'leavesOut'> & {
  readonly of: Readonly<Record<string, string>>;
  readonly schemas?: Readonly<Record<string, Json>>;
  readonly leavesOut?: readonly string[];
};

interface Described {
  readonly row: RouteRow;
  readonly description: Loose;
  readonly operation: LooseOperation;
  readonly scope: string | undefined;
  readonly hasQuota: boolean;
  /** The scopes that a token without that scope needs to read what is its actor's. Undefined: it reads nothing. */
  readonly ownScopes: readonly string[] | undefined;
}

/** `/{aggregate}/{id}/{command}` → `/order/{id}/PlaceOrder`. */
const pathOf = ({ path }: RouteRow, { of }: LooseOperation): string =>
  path.replaceAll(/\{(\w+)\}/g, (variable, name: string) => of[name] ?? variable);

const operationOf = ({ row, description, operation, scope, ownScopes, hasQuota }: Described): Json => {
  const { operationId, tag, body } = operation;
  const here = `#/paths/${pointerStep(pathOf(row, operation))}/${row.method.toLowerCase()}`;
  return {
    operationId,
    ...(tag === undefined ? {} : { tags: [tag] }),
    parameters: parametersOf(row, description, operation),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body, `${here}/requestBody`) } }),
    responses: {
      ...mapped(operation.answers, (given, status) => answered(given, description.gives, `${here}/responses/${status}`)),
      ...mapped({ ...description.refusals, ...(ownScopes && description.refusalsOfOwners) }, (meaning, status) =>
        refused(meaning, status, description.gives),
      ),
      ...mapped(refusalsOfAccess({ scope, ownScopes }, operation.refusals), (meaning, status) => refused(meaning, status, {})),
      ...(hasQuota ? { 429: refused("more requests than the tenant's quota allows: nothing was executed", 429, {}) } : {}),
    },
    ...(scope === undefined
      ? {}
      : { security: [scope, ...(ownScopes === undefined ? [] : [ownScopes])].map((one) => ({ token: [one].flat() })) }),
  };
};

const refusalsOfAccess = (
  { scope, ownScopes }: Pick<Described, 'scope' | 'ownScopes'>,
  own: Readonly<Record<number, string>> = {},
): Readonly<Record<number, string>> => {
  if (scope === undefined) return own;
  const lack = lacking(scope, ownScopes);
  return { ...own, 401: 'no valid token', 403: own[403] === undefined ? lack : `${lack}, or ${own[403]}` };
};

const lacking = (scope: string, ownScopes: readonly string[] | undefined): string => {
  if (ownScopes === undefined) return `a token without the scope ${scope}`;
  const [own] = ownScopes;
  return own === undefined ? `an ID token without the scope ${scope}` : `a token with neither the scope ${scope} nor ${own}`;
};

const mapped = <T>(by: Readonly<Record<number, T>>, change: (value: T, status: number) => Json): Json =>
  Object.fromEntries(Object.entries(by).map(([status, value]) => [status, change(value, Number(status))]));

const parametersOf = (row: RouteRow, { variables, query, takes }: Loose, operation: LooseOperation): readonly Json[] => {
  const { of, schemas = {}, ownQuery = {}, leavesOut = [] } = operation;
  const inPath = Object.entries(variables).filter(([name]) => !Object.hasOwn(of, name));
  return [
    ...inPath.map(([name, description]) => ({ name, in: 'path', required: true, description, schema: text })),
    ...Object.entries(ownQuery).map(([name, description]) => ({ name, in: 'query', description, schema: text })),
    ...Object.entries(row.query).map(([name, parameter]) => ({
      name,
      in: 'query',
      description: query[name],
      schema: schemas[name] ?? parameterSchema(parameter),
    })),
    ...row.takes.filter((name) => !leavesOut.includes(name)).map((name) => headerParameter(name, takes[name] ?? '')),
    { $ref: '#/components/parameters/x-correlation-id' },
  ];
};

const headerParameter = (name: string, description: string): Json => ({ name, in: 'header', description, schema: text });

const answered = ({ description, schema }: Answer, gives: Readonly<Record<string, string>>, here: string): Json => ({
  description,
  headers: {
    ...Object.fromEntries(Object.entries(gives).map(([name, meaning]) => [name, { description: meaning, schema: text }])),
    'x-correlation-id': headerRef('x-correlation-id'),
  },
  ...(schema === undefined ? {} : { content: contentOf(schema, here) }),
});

/** The content of a body or an answer, whose place is `here`. */
const contentOf = (schema: Json, here: string): Json => json(placedAt(schema, `${here}/content/${pointerStep('application/json')}/schema`));

/** A problem document. A 404 has `x-freshness`, too: a document may be missing only because its read model is still being filled. */
const refused = (description: string, status: number, gives: Readonly<Record<string, string>>): Json => ({
  description,
  headers: {
    ...(status === 401 || status === 403 ? { 'www-authenticate': headerRef('www-authenticate') } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': headerRef('retry-after') } : {}),
    ...(status === 404 && Object.hasOwn(gives, 'x-freshness') ? { 'x-freshness': { description: freshness, schema: text } } : {}),
    'x-correlation-id': headerRef('x-correlation-id'),
  },
  content: { 'application/problem+json': { schema: ref('Problem') } },
});

const problem = schemaOf(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('stable, for programs'),
    detail: z.string().optional(),
    correlationId: z.string(),
    issues: z.array(z.object({ path: z.array(z.string()), message: z.string() })).optional(),
  }),
  'output',
);

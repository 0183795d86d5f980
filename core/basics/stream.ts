import { Invalid } from './errors.ts';

/** A stream's address: tenant, aggregate and id. They are separate fields everywhere except in the stream's name. */
export interface Address {
  /** The tenant that owns the stream; absent in a service without tenants. */
  readonly tenant?: string | undefined;
  readonly aggregate: string;
  readonly id: string;
}

// Tenants, aggregate names and ids have no '/', and aggregate names have no '-'. So two addresses never have the same stream name.
export const aggregateName = /^[a-z][A-Za-z0-9]{0,63}$/;
const idPattern = /^[A-Za-z0-9_][A-Za-z0-9._~:@-]{0,127}$/;
const idRule = 'an id has 1 to 128 characters out of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _';

/** No tenant can be called `operator`: the cases of operators are stored under that key (adapters/sagas/dynamo-operator-cases.ts). */
const tenantPattern = /^(?!operator$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const isTenant = (name: unknown): name is string => typeof name === 'string' && tenantPattern.test(name);

/** The stored key of something that a tenant owns: `tenant/key`, or `key` in a service without tenants. */
export const ofTenant = (tenant: string | undefined, key: string): string => (tenant === undefined ? key : `${tenant}/${key}`);

/** The key without its tenant, as clients see it. */
export const withoutTenant = (tenant: string | undefined, key: string): string =>
  tenant === undefined ? key : key.slice(tenant.length + 1);

/** The address of a stream. @throws Invalid (`InvalidId`) for an aggregate's name, an id or a tenant that a stream's name cannot hold. */
export const address = (aggregate: string, id: string, tenant?: string | undefined): Address => {
  if (!aggregateName.test(aggregate)) throw new Invalid('InvalidId', `'${aggregate}' cannot be an aggregate's name`);
  if (!idPattern.test(id)) throw new Invalid('InvalidId', idRule, { issues: [{ path: ['id'], message: idRule }] });
  if (tenant === undefined) return { aggregate, id };
  if (!isTenant(tenant)) throw new Invalid('InvalidId', `'${tenant}' cannot be a tenant`);
  return { tenant, aggregate, id };
};

/**
 * The stream's name: `order-42`, or `acme/order-42` of a tenant.
 * @throws Invalid (`InvalidId`) for an impossible address: two such addresses could have the same name.
 */
export const streamName = (stream: Address): string => {
  const { aggregate, id, tenant } = address(stream.aggregate, stream.id, stream.tenant);
  return ofTenant(tenant, `${aggregate}-${id}`);
};

/** The address of a stream, read from its name. @throws Invalid (`InvalidId`). */
export const parseStreamName = (name: string): Address => {
  const slash = name.indexOf('/');
  const tenant = slash < 0 ? undefined : name.slice(0, slash);
  const rest = name.slice(slash + 1);
  const end = rest.indexOf('-');
  if (end < 0) throw new Invalid('InvalidId', `'${name}' is not a stream's name (aggregate-id)`);
  return address(rest.slice(0, end), rest.slice(end + 1), tenant);
};

/** Whether a stream can have this name. */
export const isStreamName = (name: string): boolean => {
  try {
    return parseStreamName(name) !== undefined;
  } catch (error) {
    if (error instanceof Invalid) return false;
    throw error;
  }
};

/** The id of an event: `order-42@8`. Without the tenant it is also the token in a command's answer. */
export const eventId = (stream: Address, version: number): string => `${streamName(stream)}@${version}`;

/** The id of a part of an event that this release reads as several events: `order-42@8.2`. The first part has the event's own id. */
export const partId = (event: string, places: readonly number[]): string => {
  const last = places.findLastIndex((place) => place !== 1);
  return [event, ...places.slice(0, last + 1)].join('.');
};

/** The stream and version of an event's id, `order-42@8`, or of a part's, `order-42@8.2`. @throws Invalid (`InvalidRequest`, `InvalidId`). */
export const parseEventId = (id: string): ReturnType<typeof parseToken> => parseToken(id.replace(/(@\d+)(?:\.[1-9]\d{0,3})+$/, '$1'));

/** The stream and version of a token `order-42@8`. @throws Invalid: `InvalidRequest` (another form); `InvalidId` (an impossible stream). */
export const parseToken = (token: string): { readonly stream: Address; readonly version: number } => {
  const at = token.lastIndexOf('@');
  const version = token.slice(at + 1);
  if (at < 0 || !/^[1-9]\d{0,14}$|^0$/.test(version)) throw new Invalid('InvalidRequest', `'${token}' is not a token (stream@version)`);
  return { stream: parseStreamName(token.slice(0, at)), version: Number(version) };
};

import { Invalid } from './errors.ts';

/** Where a stream is: the aggregate's name and the id, and whose it is; kept apart everywhere but in the stream's name. */
export interface Address {
  /** Only in a service that has tenants. */
  readonly tenant?: string | undefined;
  readonly aggregate: string;
  readonly id: string;
}

// A tenant has no '/', nor has what follows it; an aggregate's name has no '-'. So no two addresses make one stream.
export const aggregateName = /^[a-z][A-Za-z0-9]{0,63}$/;
const idPattern = /^[A-Za-z0-9_][A-Za-z0-9._~:@-]{0,127}$/;
const idRule = 'an id has 1 to 128 characters out of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _';

/** Nobody is called `operator`: under that key are the cases of operators (adapters/sagas/dynamo-operator-cases.ts). */
const tenantPattern = /^(?!operator$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const isTenant = (name: unknown): name is string => typeof name === 'string' && tenantPattern.test(name);

/** What belongs to a tenant is kept under a key that begins with it; as it is where there are no tenants. */
export const ofTenant = (tenant: string | undefined, key: string): string => (tenant === undefined ? key : `${tenant}/${key}`);

/** The key as its tenant knows it. */
export const withoutTenant = (tenant: string | undefined, key: string): string =>
  tenant === undefined ? key : key.slice(tenant.length + 1);

/** @throws Invalid (`InvalidId`) for an id, or a tenant, that a stream's name cannot carry. */
export const address = (aggregate: string, id: string, tenant?: string | undefined): Address => {
  if (!aggregateName.test(aggregate)) throw new Invalid('InvalidId', `'${aggregate}' cannot be an aggregate's name`);
  if (!idPattern.test(id)) throw new Invalid('InvalidId', idRule, { issues: [{ path: ['id'], message: idRule }] });
  if (tenant === undefined) return { aggregate, id };
  if (!isTenant(tenant)) throw new Invalid('InvalidId', `'${tenant}' cannot be a tenant`);
  return { tenant, aggregate, id };
};

/** `order-42`, of a tenant `acme/order-42`. @throws Invalid (`InvalidId`) for an address that cannot be: another one might make the same name. */
export const streamName = (stream: Address): string => {
  const { aggregate, id, tenant } = address(stream.aggregate, stream.id, stream.tenant);
  return ofTenant(tenant, `${aggregate}-${id}`);
};

/** The address that a stream's name was made of. @throws Invalid (`InvalidId`). */
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

/** `order-42@8`: names an event. Without the tenant it is the token that a command answers with. */
export const eventId = (stream: Address, version: number): string => `${streamName(stream)}@${version}`;

/** The stream and version that a token names. @throws Invalid (`InvalidRequest`). */
export const parseToken = (token: string): { readonly stream: Address; readonly version: number } => {
  const at = token.lastIndexOf('@');
  const version = token.slice(at + 1);
  if (at < 0 || !/^[1-9]\d{0,14}$|^0$/.test(version)) throw new Invalid('InvalidRequest', `'${token}' is not a token (stream@version)`);
  return { stream: parseStreamName(token.slice(0, at)), version: Number(version) };
};

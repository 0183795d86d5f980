import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Invalid } from '../../core/basics/errors.ts';
import { type Address, address } from '../../core/basics/stream.ts';
import type { Caller } from './authorization.ts';
import type { ReceivedBody } from './body/json-body.ts';
import { type QueryOf, type QueryParameter, type RouteName, rowOf, type TakenBy, type VariableOf } from './routes.ts';

/** A request before its route has checked it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  /** The variable parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** As it was sent. */
  readonly rawQuery: string;
  /** As text. A parameter that was sent twice is joined by commas. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By lower-case name. A header that was sent twice is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: ReceivedBody['body'];
  readonly requestId: string;
  readonly correlationId: string;
  /** The idempotency key if it is well-formed, otherwise the id of the request. It is the cause of the events that a command records. */
  readonly causationId: string;
}

/** A request of one route. It has only the variables, parameters and headers that the table of routes names. */
export interface HttpRequest<R extends RouteName = RouteName>
  extends Omit<Received, 'method' | 'params' | 'rawQuery' | 'parameters' | 'headers'> {
  readonly params: Readonly<Record<VariableOf<R>, string>>;
  readonly query: QueryOf<R>;
  /** The parameters that the table does not name. */
  readonly otherQuery: Readonly<Record<string, string>>;
  readonly headers: { readonly [Name in TakenBy<R> | 'content-type' | 'content-encoding']?: string | undefined };
  readonly caller: Caller;
}

const wellFormed = /^[\x21-\x7e]{1,128}$/;
const wellFormedKey = /^[\x21-\x2b\x2d-\x7e]{1,128}$/;

/** The parsed request of each event, because several middlewares and the handler ask for it. */
const taken = new WeakMap<APIGatewayProxyEventV2, Received>();

export const receivedIn = (event: APIGatewayProxyEventV2): Received => {
  const known = taken.get(event);
  if (known !== undefined) return known;
  const received = takeApart(event);
  taken.set(event, received);
  return received;
};

/** The ids are the caller's. API Gateway's request id replaces an id that cannot stand in a header or a log. */
const takeApart = (event: APIGatewayProxyEventV2): Received => {
  const { headers, requestContext } = event;
  const { requestId } = requestContext;
  const [correlationId = '', key = ''] = [headers['x-correlation-id'], headers['idempotency-key']];
  return {
    method: requestContext.http.method,
    path: event.rawPath,
    params: (event.pathParameters ?? {}) as Record<string, string>,
    rawQuery: event.rawQueryString,
    parameters: (event.queryStringParameters ?? {}) as Record<string, string>,
    headers,
    body: event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64') : (event.body ?? ''),
    requestId,
    correlationId: wellFormed.test(correlationId) ? correlationId : requestId,
    causationId: wellFormedKey.test(key) ? key : requestId,
  };
};

/** Parses a request according to the row of its route. @throws Invalid (`InvalidRequest`), which names the wrong parameter. */
export const toRequest = <R extends RouteName>(route: R, received: Received, caller: Caller): HttpRequest<R> => {
  const { method: _, rawQuery, parameters, ...rest } = received;
  const { query } = rowOf(route);
  if (Object.keys(query).length > 0) demandOnce(rawQuery);
  const parsed = Object.entries(query).map(([name, parameter]) => [name, parse(name, parameter, parameters[name])]);
  const others = Object.entries(parameters).filter(([name]) => !Object.hasOwn(query, name));
  return {
    ...rest,
    query: Object.fromEntries(parsed) as QueryOf<R>,
    otherQuery: Object.fromEntries(others),
    caller,
  } as HttpRequest<R>;
};

/** API Gateway joins the values of a repeated parameter, so that they look like one value with commas. */
const demandOnce = (rawQuery: string): void => {
  const names = [...new URLSearchParams(rawQuery).keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index)?.slice(0, 100);
  if (twice === undefined) return;
  const message = `'${twice}' is given more than once`;
  throw new Invalid('InvalidRequest', message, { issues: [{ path: [twice], message }] });
};

const parse = (name: string, parameter: QueryParameter, given: string | undefined): string | number | undefined => {
  if (parameter.type === 'text') return given;
  if (given === undefined) return parameter.otherwise;
  if (parameter.type === 'word') {
    if (parameter.words.includes(given)) return given;
    throw new Invalid('InvalidRequest', `'${name}' must be ${parameter.words.join(' or ')}`);
  }
  const { least, most } = parameter;
  const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= least && number <= most) return number;
  const message = `'${name}' must be a whole number from ${least} to ${most}`;
  throw new Invalid('InvalidRequest', message, { issues: [{ path: [name], message }] });
};

/** A time whose offset lost its `+`: in a query a `+` is a space, so `+02:00` has to be sent as `%2B02:00`. */
export const spaceForPlus = /^(\d{4}-\d{2}-\d{2}T[\d:.]+) (\d{2}:?\d{2})$/;

/** The stream of the caller's tenant that the path names. @throws Invalid (`InvalidId`). */
export const streamIn = (
  { params, caller }: { readonly params: { readonly id: string }; readonly caller: Caller },
  aggregate: string,
): Address => address(aggregate, params.id, caller.tenant);

/** @throws Invalid (`InvalidRequest`). */
export const demandKey = (key: string | undefined): void => {
  if (key === undefined || wellFormedKey.test(key)) return;
  throw new Invalid('InvalidRequest', 'Idempotency-Key must have 1 to 128 visible ASCII characters without a comma');
};

/** The version in an entity tag like `"8"`. @throws Invalid (`InvalidRequest`), which names the header. */
export const versionIn = (tag: string, header: string): number => {
  const digits = /^"(\d{1,15})"$/.exec(tag.trim())?.[1];
  if (digits !== undefined) return Number(digits);
  const isWeak = /^\s*W\/"/.test(tag);
  const why = isWeak ? ', and not a weak tag: a proxy that compresses answers makes W/"8" of "8", so send the version without W/' : '';
  throw new Invalid('InvalidRequest', `${header} must be a version in quotes, like "8"${why}`);
};

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Invalid } from '../../core/basics/errors.ts';
import { type Address, address } from '../../core/basics/stream.ts';
import type { Caller } from './authorization.ts';

/** A request, taken apart but not yet judged. */
export interface HttpRequest {
  readonly path: string;
  /** The variable parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name; a header sent twice is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Body;
  readonly requestId: string;
  readonly correlationId: string;
  readonly caller: Caller;
}

/** As it came: text, or bytes that are yet to be proven text. */
export type Body = string | Buffer;

const wellFormed = /^[\x21-\x7e]{1,128}$/;

/** The caller's, or else API Gateway's id of the request. What cannot stand in a header or a log is not taken. */
export const correlationIdOf = ({ headers, requestContext }: APIGatewayProxyEventV2): string => {
  const given = headers['x-correlation-id'] ?? '';
  return wellFormed.test(given) ? given : requestContext.requestId;
};

export const toRequest = (event: APIGatewayProxyEventV2, caller: Caller): HttpRequest => ({
  caller,
  path: event.rawPath,
  params: (event.pathParameters ?? {}) as Record<string, string>,
  query: (event.queryStringParameters ?? {}) as Record<string, string>,
  headers: event.headers,
  body: event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64') : (event.body ?? ''),
  requestId: event.requestContext.requestId,
  correlationId: correlationIdOf(event),
});

/** A part of the path that the route has, so it is there. */
export const param = ({ params }: HttpRequest, name: string): string => params[name] ?? '';

/** The stream that the path names, among those of the caller's tenant. @throws Invalid (`InvalidId`). */
export const streamIn = (request: HttpRequest, aggregate: string): Address =>
  address(aggregate, param(request, 'id'), request.caller.tenant);

const maxBodyBytes = 1024 * 1024;
const jsonType = /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON body; no body is `{}`. @throws Invalid (`BodyTooLarge`, `UnsupportedMediaType`, `InvalidRequest`). */
export const jsonBody = ({ body, headers }: HttpRequest): unknown => {
  const sizeBytes = Buffer.byteLength(body);
  if (sizeBytes === 0) return {};
  if (sizeBytes > maxBodyBytes) {
    const details = { sizeBytes, maxBytes: maxBodyBytes };
    throw new Invalid('BodyTooLarge', `a body takes ${maxBodyBytes} bytes at most`, details);
  }
  if (!jsonType.test(headers['content-type'] ?? '')) throw new Invalid('UnsupportedMediaType', 'a body is sent as application/json');
  try {
    return JSON.parse(typeof body === 'string' ? body.replace(/^\ufeff/, '') : utf8.decode(body));
  } catch (error) {
    throw new Invalid('InvalidRequest', `the body is not JSON: ${error instanceof Error ? error.message : error}`);
  }
};

/** A whole number in a query parameter. @throws Invalid (`InvalidRequest`), naming it. */
export const wholeNumber = (
  { query }: HttpRequest,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number => {
  const given = query[name];
  if (given === undefined) return otherwise;
  const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= least && number <= most) return number;
  const message = `'${name}' is a whole number from ${least} to ${most}`;
  throw new Invalid('InvalidRequest', message, { issues: [{ path: [name], message }] });
};

/** The version in an entity tag like `"8"`. @throws Invalid (`InvalidRequest`), naming the header. */
export const versionIn = (tag: string, header: string): number => {
  const digits = /^"(\d{1,15})"$/.exec(tag.trim())?.[1];
  if (digits === undefined) throw new Invalid('InvalidRequest', `${header} is a version in quotes, like "8"`);
  return Number(digits);
};

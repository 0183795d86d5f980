import type { ServerResponse } from 'node:http';

/** An answer, ready to be written. */
export interface HttpAnswer {
  readonly status: number;
  /** One header more than once where the value is a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** An answer that API Gateway gives by itself. */
export const gatewayAnswer = (status: number, message: string): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ message })),
});

export const internalError = gatewayAnswer(500, 'Internal Server Error');

interface FunctionAnswer {
  readonly statusCode: number | string;
  readonly headers?: Readonly<Record<string, string | number | boolean>> | null;
  readonly cookies?: readonly string[] | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/**
 * What API Gateway makes of a function's answer in payload format 2.0: an object with a `statusCode` is the response,
 * any other value is the body of a 200, and what cannot be a response is the function's fault: 500.
 */
export const toAnswer = (payload: unknown): HttpAnswer => {
  if (!hasStatusCode(payload)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload;
  const status = Number(statusCode);
  const conforms =
    Number.isInteger(status) &&
    status >= 200 &&
    status <= 599 &&
    ['string', 'undefined'].includes(typeof (body ?? undefined)) &&
    isPlain(headers);
  if (!conforms) return internalError;
  return {
    status,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...lowerCased(headers ?? {}),
      ...(cookies?.length ? { 'set-cookie': cookies } : {}),
    },
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
};

const hasStatusCode = (payload: unknown): payload is FunctionAnswer =>
  typeof payload === 'object' && payload !== null && 'statusCode' in payload;

const isPlain = (headers: unknown): boolean =>
  headers === undefined ||
  headers === null ||
  (typeof headers === 'object' && Object.values(headers).every((value) => ['string', 'number', 'boolean'].includes(typeof value)));

/** The length is not the function's to say. */
const lowerCased = (headers: NonNullable<FunctionAnswer['headers']>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name]) => !['content-length', 'connection', 'transfer-encoding'].includes(name)),
  );

/** Writes the answer. A header that HTTP does not allow makes it a 500. */
export const writeAnswer = (response: ServerResponse, requestId: string, answer: HttpAnswer): void => {
  const { status, headers, body } = answer;
  try {
    const hasBody = status !== 204 && status !== 304;
    response.writeHead(status, { ...(hasBody ? { 'content-length': body.length } : {}), ...headers, 'apigw-requestid': requestId });
    response.end(hasBody ? body : undefined);
  } catch {
    if (!response.headersSent) writeAnswer(response, requestId, internalError);
    else response.end();
  }
};

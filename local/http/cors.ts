import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from './response.ts';

/** As a template has it. */
export interface Cors {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
}

type Headers = Readonly<Record<string, string>>;

/** The answer to a browser that asks whether it may ask; API Gateway gives it without a route. */
export const preflight = (cors: Cors | undefined, { method, headers }: IncomingMessage): HttpAnswer | undefined => {
  if (cors === undefined || method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
  const isAllowed = allows(cors, headers.origin);
  const { AllowMethods = [], AllowHeaders = [], MaxAge = 0 } = cors;
  const allowed: Headers = isAllowed
    ? {
        ...originOf(headers.origin),
        'access-control-allow-methods': AllowMethods.join(','),
        'access-control-allow-headers': AllowHeaders.join(','),
        'access-control-max-age': String(MaxAge),
      }
    : {};
  return { status: 204, headers: allowed, body: Buffer.alloc(0) };
};

/** The answer, readable by pages of the allowed origins. */
export const withCors = (cors: Cors | undefined, { headers }: IncomingMessage, answer: HttpAnswer): HttpAnswer => {
  if (cors === undefined || !allows(cors, headers.origin)) return answer;
  const exposed = { ...originOf(headers.origin), 'access-control-expose-headers': (cors.ExposeHeaders ?? []).join(',') };
  return { ...answer, headers: { ...answer.headers, ...exposed } };
};

/** `http://localhost:*` stands for each port of this machine. Only the local system has such an origin: a template for AWS cannot. */
export const allows = ({ AllowOrigins = [] }: Cors, origin = ''): boolean =>
  AllowOrigins.some((one) => one === origin || (one.endsWith(':*') && anyPort(one.slice(0, -2), origin)));

const anyPort = (host: string, origin: string): boolean => origin.startsWith(host) && /^(:\d+)?$/.test(origin.slice(host.length));

const originOf = (origin = ''): Headers => ({ 'access-control-allow-origin': origin, vary: 'origin' });

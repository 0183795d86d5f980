import type { IncomingMessage } from 'node:http';
import { allows, type Cors } from './cors.ts';
import { gatewayAnswer, type HttpAnswer } from './response.ts';

/**
 * The refusal of a request that a page of another site makes the developer's browser send; undefined for any other request. An API without
 * tokens needs it: a browser sends some kinds of POST without a preflight, and CORS only keeps the page from reading the answer.
 */
export const foreignRefusal = (cors: Cors | undefined, { headers: { origin, host = '' } }: IncomingMessage): HttpAnswer | undefined => {
  if (isOfAnotherSite(host)) return refusal(`A request to the host ${host} may come from a page of another site`);
  if (origin === undefined || isOwn(origin, host) || (cors !== undefined && allows(cors, origin))) return undefined;
  return refusal(`The page's origin ${origin} is not allowed`);
};

/**
 * Whether the Host is a name that another site can own. Such a site can let its name point to this machine, and then its pages have the
 * same origin as the API. An address, a name without a dot, and a name that the public DNS never has belong to nobody else.
 */
const isOfAnotherSite = (host: string): boolean => {
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
  return name.includes('.') && !/^[\d.]+$/.test(name) && !name.startsWith('[') && !/\.(localhost|internal|local|test)$/.test(name);
};

const isOwn = (origin: string, host: string): boolean => /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === host;

const refusal = (why: string): HttpAnswer =>
  gatewayAnswer(403, `${why}: this API requires no token. Start it with --auth, or name the page's origin with --origins.`);

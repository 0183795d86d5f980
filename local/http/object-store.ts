import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join, relative } from 'node:path';
import { readBody } from './request-body.ts';
import { close, listen } from './server.ts';

/** What answers in place of S3. */
export interface ObjectStore {
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * As much of S3 as the functions and the tools ask for: PutObject (with If-None-Match), GetObject and ListObjectsV2, path-style.
 * A bucket is a folder and an object a file in it, written whole or not at all; there is one version of each. Anything else is
 * refused by name: what is silently ignored here would behave differently once deployed.
 */
export const createObjectStore = async (buckets: ReadonlyMap<string, string>): Promise<ObjectStore> => {
  const server = createServer((request, response) => {
    serve(request, response, buckets).catch(() => response.destroy());
  });
  return { url: await listen(server, 0), close: () => close(server) };
};

const serve = async (request: IncomingMessage, response: ServerResponse, buckets: ReadonlyMap<string, string>): Promise<void> => {
  const {
    status,
    headers,
    body = '',
  } = await answer(request, buckets).catch((error: Error) => refusal(500, 'InternalError', error.message));
  response.writeHead(status, { 'x-amz-request-id': randomUUID(), ...headers });
  response.end(body);
};

const answer = async (request: IncomingMessage, buckets: ReadonlyMap<string, string>): Promise<Answer> => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
  const [, bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  const folder = buckets.get(`arn:aws:s3:::${bucket}`);
  if (folder === undefined) return refusal(404, 'NoSuchBucket', `there is no bucket '${bucket}' in this stack`);
  if (key === '')
    return request.method === 'GET' && searchParams.get('list-type') === '2' ? list(folder, bucket, searchParams) : unknown(request);
  if (!isFileName(key)) return refusal(400, 'InvalidRequest', `'${key}' cannot be a file, and objects are files here`);
  const more = [...searchParams.keys()].some((name) => name !== 'x-id');
  if (!more && request.method === 'GET') return get(join(folder, key));
  if (!more && request.method === 'PUT') return put(folder, key, request);
  return unknown(request);
};

const unknown = ({ method, url }: IncomingMessage): Answer =>
  refusal(501, 'NotImplemented', `the local system does not know ${method} ${url?.replace(/^[^?]*/, '')} of S3`);

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`,
});

const isFileName = (key: string): boolean => key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

const get = async (file: string): Promise<Answer> => {
  const body = await readFile(file).catch(ifAbsent(undefined));
  if (body === undefined) return refusal(404, 'NoSuchKey', 'The specified key does not exist.');
  return { status: 200, headers: { 'content-type': 'application/octet-stream', etag: etagOf(body) }, body };
};

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

const ifAbsent =
  <T>(otherwise: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR' || error.code === 'ENOTDIR') return otherwise;
    throw error;
  };

const notKnown = ['if-match', 'x-amz-copy-source', 'content-encoding'];

const put = async (folder: string, key: string, request: IncomingMessage): Promise<Answer> => {
  const { headers } = request;
  const odd = notKnown.find((name) => headers[name] !== undefined);
  if (odd !== undefined) return refusal(501, 'NotImplemented', `the local system does not know ${odd} of S3`);
  const body = await readBody(request);
  if (body === undefined) return refusal(400, 'EntityTooLarge', 'the object is larger than 10 MB, which is as much as is kept here');
  const [file, incoming] = [join(folder, key), join(dirname(folder), '.incoming', randomUUID())];
  await Promise.all([file, incoming].map((path) => mkdir(dirname(path), { recursive: true })));
  try {
    await writeFile(incoming, body, { flush: true });
    if (headers['if-none-match'] === undefined) await rename(incoming, file);
    else await link(incoming, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  } finally {
    await rm(incoming, { force: true });
  }
  return { status: 200, headers: { etag: etagOf(body) } };
};

const list = async (folder: string, bucket: string, asked: URLSearchParams): Promise<Answer> => {
  const odd = [...asked.keys()].find((name) => !['list-type', 'prefix', 'max-keys', 'continuation-token', 'x-id'].includes(name));
  if (odd !== undefined) return refusal(501, 'NotImplemented', `the local system does not know ${odd} of S3`);
  const [prefix, after, most] = [asked.get('prefix') ?? '', asked.get('continuation-token') ?? '', Number(asked.get('max-keys') ?? 1000)];
  const keys = (await keysIn(folder)).filter((key) => key.startsWith(prefix) && key > after);
  const page = keys.slice(0, Math.min(most, 1000));
  const entries = await Promise.all(page.map((key) => entryOf(folder, key)));
  const next = keys.length > page.length ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>` : '';
  const head = `<Name>${bucket}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><IsTruncated>${next !== ''}</IsTruncated>`;
  const body = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${head}${next}${entries.join('')}</ListBucketResult>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
};

/** In the order of S3: by their bytes, which for the keys here is by their characters. */
const keysIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort((one, other) => (one < other ? -1 : 1));

const entryOf = async (folder: string, key: string): Promise<string> => {
  const { size, mtime } = await stat(join(folder, key));
  return `<Contents><Key>${escaped(key)}</Key><LastModified>${mtime.toISOString()}</LastModified><Size>${size}</Size></Contents>`;
};

const escaped = (text: string): string => text.replace(/[<>&"']/g, (one) => `&#${one.charCodeAt(0)};`);

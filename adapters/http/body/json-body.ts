import { Invalid } from '../../../core/basics/errors.ts';
import { demandPlainData } from './plain-data.ts';

/** A body as it arrived, with the headers that describe it. */
export interface ReceivedBody {
  /** Text, or bytes that are not yet checked to be text. */
  readonly body: string | Buffer;
  readonly headers: { readonly 'content-type'?: string | undefined; readonly 'content-encoding'?: string | undefined };
}

const maxBodyBytes = 1024 * 1024;

/**
 * The JSON body; no body is `{}`. Commands record it, so a body that could only be recorded in another form is refused.
 * @throws Invalid (`BodyTooLarge`, `UnsupportedMediaType`, `InvalidRequest`, `InvalidData`).
 */
export const jsonBody = ({ body, headers }: ReceivedBody): unknown => {
  const sizeBytes = Buffer.byteLength(body);
  if (sizeBytes === 0) return {};
  if (sizeBytes > maxBodyBytes) {
    const details = { sizeBytes, maxBytes: maxBodyBytes };
    throw new Invalid('BodyTooLarge', `the body has ${sizeBytes} bytes; the maximum is ${maxBodyBytes}`, details);
  }
  demandJson(headers);
  const data = parsed(textOf(body));
  demandPlainData(data);
  return data;
};

const jsonType = /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i;
const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i;

/** API Gateway decodes a text before the function sees it, so another encoding can only be refused by its name. */
const demandJson = ({ 'content-type': type = '', 'content-encoding': encoding = '' }: ReceivedBody['headers']): void => {
  if (!jsonType.test(type)) throw new Invalid('UnsupportedMediaType', 'the content type of the body must be application/json');
  const [, named = 'utf-8'] = charset.exec(type) ?? [];
  if (!/^utf-?8$/i.test(named)) throw new Invalid('UnsupportedMediaType', `the body must be UTF-8, and not '${named.slice(0, 100)}'`);
  if (/^\s*(identity\s*)?$/i.test(encoding)) return;
  throw new Invalid('UnsupportedMediaType', `the body has the content encoding '${encoding.slice(0, 100)}': send it without one`);
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const textOf = (body: string | Buffer): string => {
  const text = typeof body === 'string' ? body.replace(/^\ufeff/, '') : decoded(body);
  if (!text.includes(replacement)) return text;
  throw new Invalid(
    'InvalidRequest',
    'the body is not UTF-8, or has the character U+FFFD, which stands for bytes that are not UTF-8: send UTF-8, and U+FFFD as \\ufffd',
  );
};

/** API Gateway puts this character in place of bytes that are not UTF-8, so a text with it may be damaged. */
const replacement = '\ufffd';

const decoded = (body: Buffer): string => {
  try {
    return utf8.decode(body);
  } catch {
    throw new Invalid('InvalidRequest', 'the body is not UTF-8');
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Invalid('InvalidRequest', `the body is not JSON: ${error instanceof Error ? error.message : error}`);
  }
};

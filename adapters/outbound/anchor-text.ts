import { createHash } from 'node:crypto';
import type { Head } from '../../core/audit/anchor-steps.ts';

// The text form of an anchor: one line for each stream, and a digest of these lines at the end. In a chain of such texts the first line
// names the previous text, so the digest of the last text covers all of them.

const beforeMark = '# before ';
export const endMark = '# end ';

export const headLine = ({ stream, version, hash }: Head): string => `${stream} ${version} ${hash}\n`;

export const headIn = (line: string): Head => {
  const [stream = '', version = '', hash = ''] = line.split(' ');
  return { stream, version: Number(version), hash };
};

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The text, and its digest. */
export const anchorText = (heads: readonly Head[], before?: string): { readonly text: string; readonly digest: string } => {
  const lines = (before === undefined ? '' : `${beforeMark}${before}\n`) + heads.map(headLine).join('');
  const digest = digestOf(lines);
  return { text: `${lines}${endMark}${digest}\n`, digest };
};

/** Reads a text that must have this digest. @throws Error, which names `where`, if the text has another one. */
export const readAnchorText = (
  where: string,
  text: string,
  digest: string,
): { readonly heads: readonly Head[]; readonly before?: string } => {
  const end = `${endMark}${digest}\n`;
  const lines = text.slice(0, -end.length);
  if (!text.endsWith(end) || digestOf(lines) !== digest) throw new Error(`${where} is not the part of an anchor that was written`);
  const all = lines.split('\n').slice(0, -1);
  const isFirst = all[0]?.startsWith(beforeMark) !== true;
  return { heads: all.slice(isFirst ? 0 : 1).map(headIn), ...(isFirst ? {} : { before: all[0]?.slice(beforeMark.length) as string }) };
};

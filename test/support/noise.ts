import { createHash } from 'node:crypto';

/** Text of so many bytes that no compression makes smaller than about three quarters; the same seed makes the same. */
export const noise = (bytes: number, seed = 0): string => {
  let text = '';
  for (let block = 0; text.length < bytes; block++) text += createHash('sha512').update(`${seed}/${block}`).digest('base64');
  return text.slice(0, bytes);
};

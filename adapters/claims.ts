import { Invalid } from '../core/errors.ts';
import type { Claims } from '../core/event-store.ts';

const maxNameBytes = 2048; // A name is a key.

/** Each name once; one that nobody could ever take needs no giving up. @throws Invalid (`InvalidData`) where one cannot be taken. */
export const checkedClaims = (claims: Claims): Claims => {
  const { claimed, released } = claims;
  if (claimed.length + released.length === 0) return claims;
  const bad = claimed.find((name) => !isName(name));
  if (bad !== undefined) {
    const message = `a name that is claimed has 1 to ${maxNameBytes} bytes, and this one ${Buffer.byteLength(bad)}: '${bad.slice(0, 100)}'`;
    throw new Invalid('InvalidData', message);
  }
  return { claimed: [...new Set(claimed)], released: [...new Set(released)].filter(isName) };
};

const isName = (name: string): boolean => name !== '' && Buffer.byteLength(name) <= maxNameBytes;

import { Invalid } from '../../core/basics/errors.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import type { Claims } from '../../core/log/event-store.ts';

const maxKeyBytes = 2048; // The name, after its tenant, is a partition key.

/** The claims without duplicates and impossible releases. @throws Invalid (`InvalidData`) if a claimed name is empty, too long or no text. */
export const checkedClaims = (claims: Claims, tenant: string | undefined): Claims => {
  const { claimed, released } = claims;
  if (claimed.length + released.length === 0) return claims;
  const maxNameBytes = maxKeyBytes - Buffer.byteLength(ofTenant(tenant, ''));
  const isName = (name: string): boolean => name !== '' && name.isWellFormed() && Buffer.byteLength(name) <= maxNameBytes;
  const bad = claimed.find((name) => !isName(name));
  if (bad !== undefined) {
    const rule = bad.isWellFormed()
      ? `has 1 to ${maxNameBytes} bytes, and this one has ${Buffer.byteLength(bad)}`
      : 'cannot have half of a surrogate pair';
    throw new Invalid('InvalidData', `a claimed name ${rule}: '${bad.slice(0, 100).toWellFormed()}'`);
  }
  return { claimed: [...new Set(claimed)], released: [...new Set(released)].filter(isName) };
};

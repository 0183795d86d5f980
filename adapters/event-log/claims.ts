import { Invalid } from '../../core/basics/errors.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import type { Claims } from '../../core/log/event-store.ts';

const maxKeyBytes = 2048; // The name, after its tenant, is a partition key.

/** The claims without duplicates and impossible releases. @throws Invalid (`InvalidData`) if a claimed name is empty or too long. */
export const checkedClaims = (claims: Claims, tenant: string | undefined): Claims => {
  const { claimed, released } = claims;
  if (claimed.length + released.length === 0) return claims;
  const maxNameBytes = maxKeyBytes - Buffer.byteLength(ofTenant(tenant, ''));
  const isName = (name: string): boolean => name !== '' && Buffer.byteLength(name) <= maxNameBytes;
  const bad = claimed.find((name) => !isName(name));
  if (bad !== undefined) {
    const message = `a claimed name has 1 to ${maxNameBytes} bytes, and this one has ${Buffer.byteLength(bad)}: '${bad.slice(0, 100)}'`;
    throw new Invalid('InvalidData', message);
  }
  return { claimed: [...new Set(claimed)], released: [...new Set(released)].filter(isName) };
};

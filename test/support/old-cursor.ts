import { createHash } from 'node:crypto';

export interface OldCursor {
  readonly projection: { readonly name: string; readonly revision: number };
  readonly index: string;
  readonly value: string | number;
  readonly tenant?: string;
  readonly key: string;
  readonly sort: string | number;
}

/** A cursor as releases up to 0.2.0 made it: its seal is a digest without a key, so a client can make one for any position. */
export const oldCursor = ({ projection: { name, revision }, index, value, tenant, key, sort }: OldCursor): string => {
  const sealed = [name, revision, index, value, undefined, undefined, false, key, sort, ...(tenant === undefined ? [] : [tenant])];
  const seal = createHash('sha256').update(JSON.stringify(sealed)).digest('base64url').slice(0, 11);
  return Buffer.from(JSON.stringify([seal, key, sort])).toString('base64url');
};

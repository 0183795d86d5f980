import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

// The issuer of tokens that this machine has in place of an identity provider. It is one key, and it is not asked over a network.

/** Whom the local stack trusts. It stands in the template as any other issuer would. */
export const localIssuer = 'https://issuer.localhost';
export const localAudience = 'foldstream';

export type Key = Awaited<ReturnType<typeof importJWK>>;

export interface Wanted {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly expiresInSeconds: number;
  /** Whatever else the token is to say. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What a stage expects of its issuer's tokens (lib/stage.ts). */
export interface TokenShape {
  readonly scopePrefix?: string | undefined;
  readonly actorClaim?: string | undefined;
}

const shapeFile = 'token-shape.json';

/** From now on the issuer of the folder, in any process, mints tokens of this shape. */
export const shapeTokens = async (folder: string, shape: TokenShape): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, shapeFile), JSON.stringify(shape));
};

const shapeIn = async (folder: string): Promise<TokenShape> =>
  JSON.parse(await readFile(join(folder, shapeFile), 'utf8').catch(() => '{}'));

export interface Issuer {
  /** What a signature is checked with. */
  readonly publicKey: Key;
  mint(wanted: Wanted): Promise<string>;
}

/** The issuer whose key is in the folder; at the first time, one that is new. */
export const openIssuer = async (folder: string): Promise<Issuer> => {
  const key = await keyIn(folder);
  const { kty = 'RSA', n = '', e = '' } = key;
  const [privateKey, publicKey] = await Promise.all([importJWK(key, 'RS256'), importJWK({ kty, n, e }, 'RS256')]);
  return {
    publicKey,
    mint: async ({ subject, scopes, expiresInSeconds, claims = {} }) => {
      const { scopePrefix = '', actorClaim = 'sub' } = await shapeIn(folder);
      const names = actorClaim.split(',');
      const actor = names.some((name) => name in claims) ? {} : { [names[0] as string]: subject };
      return new SignJWT({ ...actor, ...claims, scope: scopes.map((scope) => `${scopePrefix}${scope}`).join(' ') })
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuer(localIssuer)
        .setAudience(localAudience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
        .sign(privateKey);
    },
  };
};

/** Made once; of two processes that make one at the same time, the first one's is taken. */
const keyIn = async (folder: string): Promise<JWK> => {
  const file = join(folder, 'issuer.json');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known);
  // API Gateway takes RSA alone.
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  await mkdir(folder, { recursive: true });
  await writeFile(file, JSON.stringify(await exportJWK(privateKey)), { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return JSON.parse(await readFile(file, 'utf8'));
};

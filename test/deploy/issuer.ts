import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An OpenID Connect issuer. It serves only the requests of API Gateway: over HTTP, for the keys that sign its tokens. */
export interface Issuer {
  readonly url: string;
  /** `expires` in the format of jose: `5 minutes`, `-1 minute`. */
  token(scopes: readonly string[], expires?: string): Promise<string>;
  stop(): void;
}

export const audience = 'rehearsal';
export const subject = 'somebody';

export const startIssuer = async (): Promise<Issuer> => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const header = { alg: 'RS256', kid: crypto.randomUUID() };
  const keys = [{ ...(await exportJWK(publicKey)), ...header, use: 'sig' }];
  const server = createServer(({ url: path }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(path === '/keys' ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token: (scopes, expires = '15 minutes') =>
      new SignJWT({ scope: scopes.join(' ') })
        .setProtectedHeader(header)
        .setIssuer(url)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt('-2 minutes')
        .setExpirationTime(expires)
        .sign(privateKey),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

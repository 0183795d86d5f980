import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { type Issuer, localAudience, localIssuer, openIssuer, shapeTokens } from '../issuer.ts';
import { verifier } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-keys-'));
let issuer: Issuer;
beforeAll(async () => {
  issuer = await openIssuer(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const trust = () => ({ issuer: localIssuer, audience: [localAudience], key: issuer.publicKey });
const verify = (token: string | undefined) => verifier(trust())(token);
const wanted = { subject: 'ada', scopes: ['a:b', 'c:d'], expiresInSeconds: 60 };
const inAnHour = Math.floor(Date.now() / 1000) + 3600;

test('a minted token is valid, and has its subject and its scopes as text', async () => {
  const token = await issuer.mint({ ...wanted, claims: { tenant: 'acme' } });
  expect(await verify(`Bearer ${token}`)).toEqual({
    claims: expect.objectContaining({ sub: 'ada', scope: 'a:b c:d', tenant: 'acme', exp: expect.stringMatching(/^\d+$/) }),
  });
});

test('lists and objects in a token are handed on as text, as API Gateway does', async () => {
  const claims = { groups: ['a', 'b c'], realm_access: { roles: ['x:y', 'z'], more: { b: 1, a: true } }, none: [] };
  expect(await verify(await issuer.mint({ ...wanted, claims }))).toMatchObject({
    claims: { groups: '[a b c]', realm_access: 'map[more:map[a:true b:1] roles:[x:y z]]', none: '[]' },
  });
});

test('a token has the form that the stage asks for: a prefix before its scopes, and a claim for the actor', async () => {
  const shaped = join(folder, 'shaped');
  const own = await openIssuer(shaped);
  const claimsOf = async (claims: Readonly<Record<string, unknown>> = {}) => {
    const token = await own.mint({ ...wanted, claims });
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  };
  expect(await claimsOf()).toMatchObject({ scope: 'a:b c:d', sub: 'ada' });
  await shapeTokens(shaped, { scopePrefix: 'api/', actorClaim: 'oid,client_id' });
  expect(await claimsOf()).toMatchObject({ scope: 'api/a:b api/c:d', sub: 'ada', oid: 'ada' });
  expect(await claimsOf({ client_id: 'robot' })).not.toHaveProperty('oid');
  await shapeTokens(shaped, {});
  expect(await claimsOf()).toMatchObject({ scope: 'a:b c:d' });
});

test('the key outlives the process, and only its owner may read it', async () => {
  const again = await openIssuer(folder);
  expect(await verify(await again.mint(wanted))).toHaveProperty('claims');
  expect(statSync(join(folder, 'issuer.json')).mode & 0o077).toBe(0);
});

test('two that open it at the same time get one key', async () => {
  const fresh = join(folder, 'fresh');
  const [one, other] = await Promise.all([openIssuer(fresh), openIssuer(fresh)]);
  expect(await verifier({ ...trust(), key: one.publicKey })(await other.mint(wanted))).toHaveProperty('claims');
});

describe('is 401:', () => {
  const refused = async (token: string | undefined, challenge: string) =>
    expect(await verify(token)).toMatchObject({ refusal: { status: 401, headers: { 'www-authenticate': challenge } } });
  const invalid = (token: string) => refused(token, 'Bearer error="invalid_token"');

  /** A token by the right key that is wrong in another way. */
  const signed = async (change: (token: SignJWT) => SignJWT, alg = 'RS256') => {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    const token = new SignJWT({ scope: 'a:b' }).setProtectedHeader({ alg }).setIssuer(localIssuer).setAudience(localAudience);
    const whole = await change(token.setSubject('ada').setExpirationTime(inAnHour)).sign(privateKey);
    return verifier({ ...trust(), key: publicKey })(whole);
  };

  test('no token', () => refused(undefined, 'Bearer'));
  test('a text that is not a token', () => invalid('Bearer x'));
  test('a token that has expired', async () => invalid(await issuer.mint({ ...wanted, expiresInSeconds: -1 })));
  test('a token that another key has signed', async () => {
    const foreign = await openIssuer(join(folder, 'foreign'));
    await invalid(await foreign.mint(wanted));
  });
  test('a token whose claims were changed', async () => {
    const [head, , signature] = (await issuer.mint(wanted)).split('.');
    const [, payload] = (await issuer.mint({ ...wanted, subject: 'eve' })).split('.');
    await invalid([head, payload, signature].join('.'));
  });
  test('a token without a signature', async () => {
    const [, payload] = (await issuer.mint(wanted)).split('.');
    await invalid(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`);
  });
  test.each<[string, (token: SignJWT) => SignJWT]>([
    ['another issuer', (token) => token.setIssuer('https://elsewhere.example')],
    ['another audience', (token) => token.setAudience('somebody-else')],
    ['a time to come', (token) => token.setNotBefore(inAnHour)],
  ])('a token of %s', async (_, change) => expect(await signed(change)).toHaveProperty('refusal'));
  test('a token that never ends', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const token = new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'RS256' }).setIssuer(localIssuer).setAudience(localAudience);
    expect(await verifier({ ...trust(), key: publicKey })(await token.sign(privateKey))).toHaveProperty('refusal');
  });
  test('a token that is not signed by RSA', async () => expect(await signed((token) => token, 'ES256')).toHaveProperty('refusal'));
});

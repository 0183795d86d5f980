import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { generateKeyPair, SignJWT } from 'jose';
import { stageOf } from '../../lib/stage.ts';
import { verifier } from '../../local/http/tokens.ts';
import { domain } from '../domain/index.ts';
import { contextWith } from '../stack/assemble.ts';
import { type IssuerSample, issuerSamples } from '../support/issuers.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

// Tokens as identity providers issue them, as API Gateway hands them on.

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
beforeAll(async () => {
  keys = await generateKeyPair('RS256');
});

/** The settings of a stage, as `-c name=value` gives them. */
const stageWith = ({ issuer, audience }: IssuerSample, settings: Readonly<Record<string, string>>) =>
  stageOf(new App({ context: contextWith({ issuer, audience: audience.join(), ...settings }) }));

/** A signed token of the issuer, and its claims as the authorizer of API Gateway hands them on. */
const tokenOf = async ({ issuer, audience }: IssuerSample, claims: object) => {
  const token = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuer(issuer)
    .setExpirationTime(Math.floor(Date.now() / 1000) + 3600)
    .sign(keys.privateKey);
  const verified = await verifier({ issuer, audience, key: keys.publicKey })(`Bearer ${token}`);
  if ('refusal' in verified) throw new Error(`the token is refused: ${JSON.stringify(claims)}`);
  return { claims: verified.claims, headers: { authorization: `Bearer ${token}` } };
};

let edge: ReturnType<typeof edgeOf>;
const open = (sample: IssuerSample, settings: Readonly<Record<string, string>> = sample.settings): void => {
  const { scopePrefix, grants, actorClaim, emailActors } = stageWith(sample, settings);
  edge = edgeOf(domain, memoryStores(), { auth: 'token', scopePrefix, grants, actorClaim, emailActors });
};
type Token = Awaited<ReturnType<typeof tokenOf>>;
const send = (command: string, body: unknown, token: Token) =>
  edge.ask('POST /{aggregate}/{id}/{command}', { params: { aggregate: 'order', id: '42', command }, body, ...token });
const place = (token: Token) => send('PlaceOrder', placement, token);
const actors = async () => {
  const claims = { sub: 'reader', scope: 'order:read api/order:read', oid: 'reader' };
  const { body } = await edge.ask('GET /streams/{aggregate}/{id}', { params: { aggregate: 'order', id: '42' }, claims });
  return body.items.map(({ metadata }: { metadata: { actor?: string } }) => metadata.actor);
};

describe.each(Object.entries(issuerSamples))('%s:', (_, sample) => {
  beforeEach(() => open(sample));

  test.each(Object.entries(sample.admitted))(
    '%s is admitted, with the scope that is granted and no other',
    async (__, { claims, actor }) => {
      const token = await tokenOf(sample, claims);
      expect((await place(token)).status).toBe(200);
      expect(await actors()).toEqual([actor]);
      expect(await send('CancelOrder', { reason: 'late' }, token)).toMatchObject({ status: 403, body: { code: 'Forbidden' } });
    },
  );

  test.each(Object.entries(sample.refused))('%s is refused', async (__, claims) => {
    expect(await place(await tokenOf(sample, claims))).toMatchObject({ status: 403, body: { code: 'Forbidden' } });
    expect(edge.writes).toEqual([]);
  });

  test('without the settings, only plain scopes in `scope` or `scp` count', async () => {
    open(sample, {});
    for (const { claims } of Object.values(sample.admitted)) {
      const { scope = '', scp = '' } = claims as { readonly scope?: string; readonly scp?: string };
      const isPlain = `${scope} ${scp}`.split(' ').includes('order:write');
      expect((await place(await tokenOf(sample, claims))).status).toBe(isPlain ? (edge.writes.length > 1 ? 409 : 200) : 403);
      open(sample, {});
    }
  });

  test('its page in docs/ names the settings that are tried here', () => {
    const page = readFileSync(`docs/how-to/${sample.page}`, 'utf8').replaceAll(/\s+/g, ' ');
    for (const [name, value] of Object.entries(sample.settings)) expect(page).toMatch(new RegExp(`-c ${name}='?${escaped(value)}'?[ \`]`));
    for (const word of ['client credentials', 'actor']) expect(page.toLowerCase()).toContain(word);
  });
});

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('a request that does not carry exactly the verified token gets no grants of claims:', () => {
  const keycloak = issuerSamples['Keycloak'];
  const [user, forged] = [keycloak?.refused['a user without a role'], keycloak?.admitted['a user with a realm role']?.claims] as [
    object,
    object,
  ];
  const refusedWith = async (authorization: string | undefined) => {
    const { claims } = await tokenOf(keycloak as IssuerSample, user);
    const headers = authorization === undefined ? {} : { authorization };
    return expect(await place({ claims, headers } as never)).toMatchObject({ status: 403 });
  };
  const payload = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AAAA`;
  beforeEach(() => open(keycloak as IssuerSample));

  test('two tokens', async () => {
    const { headers } = await tokenOf(keycloak as IssuerSample, user);
    await refusedWith(`${headers.authorization},Bearer ${payload(forged)}`);
    await refusedWith(`Bearer ${payload(forged)},${headers.authorization}`);
    await refusedWith(`Bearer ${payload(forged)}, ${headers.authorization}`);
  });
  test('a token of another subject or issuer', async () => {
    await refusedWith(`Bearer ${payload({ ...forged, iss: keycloak?.issuer, sub: 'another' })}`);
    await refusedWith(`Bearer ${payload({ ...forged, iss: 'https://elsewhere.example' })}`);
  });
  test.each(['', 'Bearer', 'Bearer x.y.z', 'Basic YTpi', 'Bearer e30.W10.AAAA', 'Bearer e30.bnVsbA.AAAA'])('%j', (text) =>
    refusedWith(text),
  );
  test('no header', () => refusedWith(undefined));

  test('while the verified token itself, without the word Bearer too, has them', async () => {
    const { claims, headers } = await tokenOf(keycloak as IssuerSample, forged);
    expect((await place({ claims, headers: { authorization: headers.authorization.replace('Bearer ', '') } })).status).toBe(200);
  });
});

test.each<[string, object, number]>([
  ['order:read order:write', { team: 'scopes' }, 200],
  ['order:read,order:write', { team: 'scopes' }, 403],
  ['sales clerks', { team: { 'sales clerks': ['order:write'] } }, 200],
  ['sales clerks', { team: { clerks: ['order:write'] } }, 403],
  ['clerks', { 'in.team': { clerks: ['order:write'] } }, 403],
])('a claim that is the text %j grants by %j: %d', async (team, grants, status) => {
  const cognito = issuerSamples['Cognito'] as IssuerSample;
  open(cognito, { grants: JSON.stringify(grants) });
  const user = cognito.refused['a user in no group'] as object;
  expect((await place(await tokenOf(cognito, { ...user, team, in: { another: 'clerks' } }))).status).toBe(status);
});

describe('the actor', () => {
  const entra = issuerSamples['Entra'] as IssuerSample;
  const user = entra.admitted['a user with an app role']?.claims as object;
  const email = { ...entra.settings, actorClaim: 'preferred_username' };

  test('that looks like an e-mail address is refused, because it is stored for ever', async () => {
    open(entra, email);
    const reply = await place(await tokenOf(entra, user));
    expect(reply).toMatchObject({ status: 403, body: { code: 'Forbidden' } });
    expect(reply.body.detail).toMatch(/'preferred_username' looks like an e-mail address.*actorClaim.*emailActors/);
    expect(reply.body.detail).not.toContain('ada@example.com');
    expect(edge.writes).toEqual([]);
  });

  test('may look like one if the stage says so', async () => {
    open(entra, { ...email, emailActors: 'true' });
    expect((await place(await tokenOf(entra, user))).status).toBe(200);
    expect(edge.writes).toEqual(['append']);
  });

  test.each([
    ['ada@example.com', false],
    ['Ada@mail.example.co', false],
    ['samlp|acme|ada@example.com', false],
    ['auth0|5f7c', true],
    ['Rob0t@clients', true],
    ['@example.com', true],
    ['a b@c d.e', true],
    ['half a character: \ud800', false],
  ])('%j may be one without the setting: %s', async (sub, isTaken) => {
    open(entra, { grants: 'roles' });
    const { status } = await place(await tokenOf(entra, { ...user, sub }));
    expect(status).toBe(isTaken ? 200 : 403);
  });

  test('is the first of the named claims that the token has; none is refused', async () => {
    open(entra, { grants: 'roles', actorClaim: 'employee,azp' });
    for (const [more, actor] of [
      [{}, 'web-client-id'],
      [{ employee: 'e7' }, 'e7'],
      [{ employee: '' }, 'web-client-id'],
    ] as const) {
      open(entra, { grants: 'roles', actorClaim: 'employee,azp' });
      expect((await place(await tokenOf(entra, { ...user, ...more }))).status).toBe(200);
      expect(edge.writes).toEqual(['append']);
      const claims = { azp: 'r', scope: 'order:read' };
      const { body } = await edge.ask('GET /streams/{aggregate}/{id}', { params: { aggregate: 'order', id: '42' }, claims });
      expect(body.items[0].metadata.actor).toBe(actor);
    }
    open(entra, { grants: 'roles', actorClaim: 'employee' });
    expect(await place(await tokenOf(entra, user))).toMatchObject({
      status: 403,
      body: { detail: "the token has no subject ('employee')" },
    });
  });
});

test('an answer and the description of the API name the scope as the issuer knows it', async () => {
  const cognito = issuerSamples['Cognito'] as IssuerSample;
  open(cognito);
  const { headers } = await place(await tokenOf(cognito, cognito.refused['a user in no group'] as object));
  expect(headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="api/order:write"');
  const { body } = await edge.ask('GET /openapi.json');
  expect(body.paths['/order/{id}/CancelOrder'].post.security).toEqual([{ token: ['api/order:cancel'] }]);
});

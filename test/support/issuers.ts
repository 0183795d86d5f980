/** What an issuer puts into the tokens of a user and of a machine (client credentials), and the settings that its page in docs/ names. */
export interface IssuerSample {
  readonly page: string;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** May send `PlaceOrder` with `order:write`, and is then this actor. It may not cancel the order. */
  readonly admitted: Readonly<Record<string, { readonly claims: object; readonly actor: string }>>;
  /** Valid for API Gateway, and without a scope here. */
  readonly refused: Readonly<Record<string, object>>;
}

const times = { iat: 1_790_000_000, auth_time: 1_790_000_000 };

const cognitoUser = {
  ...{ sub: '11111111-2222-4333-8444-555555555555', client_id: 'webclient', token_use: 'access', version: 2, username: 'ada', jti: 'j' },
  ...{ scope: 'openid api/order:read', origin_jti: 'o', event_id: 'e', ...times },
};
const cognitoId = { sub: cognitoUser.sub, aud: 'webclient', token_use: 'id', email: 'ada@example.com', email_verified: true, ...times };
const cognitoMachine = { sub: 'robotclient', client_id: 'robotclient', token_use: 'access', version: 2, jti: 'j', ...times };

const cognito: IssuerSample = {
  page: 'tokens-of-cognito.md',
  issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI',
  audience: ['webclient', 'robotclient'],
  settings: { scopePrefix: 'api/', grants: '{"cognito:groups":{"clerks":"order:write order:read"}}' },
  admitted: {
    'a user with a scope of the resource server': { claims: { ...cognitoUser, scope: 'openid api/order:write' }, actor: cognitoUser.sub },
    'a user in a group': { claims: { ...cognitoUser, 'cognito:groups': ['visitors', 'clerks'] }, actor: cognitoUser.sub },
    'a machine': { claims: { ...cognitoMachine, scope: 'api/order:write' }, actor: 'robotclient' },
  },
  refused: {
    'a user in no group': cognitoUser,
    'a user with a scope of another resource server': { ...cognitoUser, scope: 'other/order:write order:write' },
    'a user in a group whose name contains another': { ...cognitoUser, 'cognito:groups': ['no clerks', 'xclerks'] },
    'an ID token of a user in a group': { ...cognitoId, 'cognito:groups': ['clerks'] },
  },
};

const tenant = '99999999-aaaa-4bbb-8ccc-dddddddddddd';
const entraUser = {
  ...{ sub: 'AAAAAAAAAAAAAAAAAAAAAPairwise', oid: '22222222-3333-4444-8555-666666666666', tid: tenant, ver: '2.0', aud: 'api-client-id' },
  ...{ azp: 'web-client-id', azpacr: '0', name: 'Ada', preferred_username: 'ada@example.com', scp: 'access_as_user', uti: 'u', ...times },
};
const entraMachine = {
  ...{ sub: '33333333-4444-4555-8666-777777777777', oid: '33333333-4444-4555-8666-777777777777', tid: tenant, ver: '2.0' },
  ...{ aud: 'api-client-id', azp: 'robot-client-id', azpacr: '1', idtyp: 'app', uti: 'u', ...times },
};

const entra: IssuerSample = {
  page: 'tokens-of-entra.md',
  issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
  audience: ['api-client-id'],
  settings: { grants: 'roles', actorClaim: 'oid' },
  admitted: {
    'a user with an app role': { claims: { ...entraUser, roles: ['order:read', 'order:write'] }, actor: entraUser.oid },
    'a user with a delegated scope': { claims: { ...entraUser, scp: 'order:read order:write' }, actor: entraUser.oid },
    'a machine with an app role': { claims: { ...entraMachine, roles: ['order:write'] }, actor: entraMachine.oid },
  },
  refused: {
    'a user without a role': entraUser,
    'a machine without a role': entraMachine,
    'a user with another role': { ...entraUser, roles: ['order:writer', 'a order:write'] },
  },
};

const auth0User = {
  ...{ sub: 'auth0|5f7c8ec7c33c6c004bbafe82', aud: ['https://api.shop.example', 'https://shop.eu.auth0.com/userinfo'] },
  ...{ azp: 'webclient', scope: 'openid profile', ...times },
};
const auth0Machine = {
  ...{ sub: 'Rob0tClient@clients', aud: 'https://api.shop.example', azp: 'Rob0tClient', gty: 'client-credentials', ...times },
};

const auth0: IssuerSample = {
  page: 'tokens-of-auth0.md',
  issuer: 'https://shop.eu.auth0.com/',
  audience: ['https://api.shop.example'],
  settings: { grants: 'permissions' },
  admitted: {
    'a user with a permission': { claims: { ...auth0User, permissions: ['order:write'] }, actor: auth0User.sub },
    'a user with a scope': { claims: { ...auth0User, scope: 'openid order:write' }, actor: auth0User.sub },
    'a machine': { claims: { ...auth0Machine, scope: 'order:write', permissions: ['order:write'] }, actor: auth0Machine.sub },
  },
  refused: {
    'a user without a permission': { ...auth0User, permissions: [] },
    'a machine without a permission': auth0Machine,
    'a user of a connection that names users by their address': {
      ...{ ...auth0User, sub: 'samlp|acme|ada@example.com', permissions: ['order:write'] },
    },
  },
};

const keycloakUser = {
  ...{
    sub: '44444444-5555-4666-8777-888888888888',
    typ: 'Bearer',
    azp: 'web',
    jti: 'j',
    sid: 's',
    acr: '1',
    scope: 'openid email',
    ...times,
  },
  ...{ aud: ['shop-api', 'account'], preferred_username: 'ada', email_verified: true },
};
const keycloakMachine = {
  ...{ sub: '55555555-6666-4777-8888-999999999999', typ: 'Bearer', azp: 'robot', client_id: 'robot', jti: 'j', aud: 'shop-api', ...times },
  ...{ preferred_username: 'service-account-robot', clientHost: '192.0.2.1', clientAddress: '192.0.2.1', scope: 'profile' },
};
const account = { account: { roles: ['manage-account', 'view-profile'] } };

const keycloak: IssuerSample = {
  page: 'tokens-of-keycloak.md',
  issuer: 'https://id.example.com/realms/shop',
  audience: ['shop-api'],
  settings: { grants: '{"realm_access.roles":{"clerk":"order:write order:read"},"resource_access.shop-api.roles":"scopes"}' },
  admitted: {
    'a user with a realm role': {
      claims: { ...keycloakUser, realm_access: { roles: ['offline_access', 'clerk'] }, resource_access: account },
      actor: keycloakUser.sub,
    },
    'a user with a role of the client': {
      claims: { ...keycloakUser, resource_access: { ...account, 'shop-api': { roles: ['order:write'] } } },
      actor: keycloakUser.sub,
    },
    'a user with a scope': { claims: { ...keycloakUser, scope: 'openid order:write' }, actor: keycloakUser.sub },
    'a machine with a role of the client': {
      claims: { ...keycloakMachine, resource_access: { 'shop-api': { roles: ['order:write'] } } },
      actor: keycloakMachine.sub,
    },
  },
  refused: {
    'a user without a role': { ...keycloakUser, realm_access: { roles: ['offline_access'] }, resource_access: account },
    'a user with the role of another client': { ...keycloakUser, resource_access: { other: { roles: ['order:write'] } } },
    'a user with a role whose name looks like the text of another client': {
      ...{ ...keycloakUser, resource_access: { other: { roles: ['x]] shop-api:map[roles:[order:write'] } } },
    },
    'an ID token': { ...keycloakUser, typ: 'ID', realm_access: { roles: ['clerk'] } },
    'a machine without a role': keycloakMachine,
  },
};

export const issuerSamples: Readonly<Record<string, IssuerSample>> = { Cognito: cognito, Entra: entra, Auth0: auth0, Keycloak: keycloak };

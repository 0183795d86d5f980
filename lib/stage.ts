import type { Construct } from 'constructs';
import * as z from 'zod';

/** A value from the command line is text; one from cdk.json has its own type. */
const wholeNumber = (least: number, most: number) =>
  z.preprocess((given) => (typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : given), z.int().min(least).max(most));
const yesOrNo = z.preprocess((given) => (given === 'true' ? true : given === 'false' ? false : given), z.boolean());
const logRetentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const list = z.preprocess(
  (given) => (typeof given === 'string' ? given.split(',').map((one) => one.trim()) : given),
  z.array(z.string().min(1)),
);

/** HTTP is allowed to this machine only. A password is refused, because the template would show it. */
const endpoint = z
  .url()
  .regex(/^https:|^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/, 'must be https')
  .regex(/^[^?#@]*$/, 'cannot have a query, a fragment or a password');
/** `name=https://…,other=https://…`, or an object. */
const endpoints = z.preprocess(
  (given) => (typeof given === 'string' ? Object.fromEntries(given.split(',').map(nameAndValue)) : given),
  z.record(z.string(), endpoint),
);
const nameAndValue = (text: string): readonly [string, string] => {
  const [, name = text.trim(), value = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
  return [name, value];
};

const secretArns = z.preprocess(
  (given) => (typeof given === 'string' ? Object.fromEntries(given.split(',').map(nameAndValue)) : given),
  z.record(
    z.string(),
    z.string().regex(/^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+-[A-Za-z0-9]{6}$/, 'is not the full ARN of a secret'),
  ),
);
/** `till=111122223333 444455556666,…`, or an object with lists. */
const accounts = z.preprocess(
  (given) =>
    typeof given === 'string'
      ? Object.fromEntries(
          given
            .split(',')
            .map(nameAndValue)
            .map(([name, value]) => [name, value.split(/\s+/)]),
        )
      : given,
  z.record(z.string(), z.array(z.string().regex(/^\d{12}$/, 'is no number of an account')).min(1)),
);
/** `orders=shop-events,…`, or an object: names or ARNs of buses. */
const buses = z.preprocess(
  (given) => (typeof given === 'string' ? Object.fromEntries(given.split(',').map(nameAndValue)) : given),
  z.record(z.string(), z.string().regex(/^(arn:aws[\w-]*:events:[\w-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/, 'is no name or ARN of a bus')),
);

const claim = /^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,127}$/;

/** The scopes that a value of a claim grants: a list, or text with spaces. */
const scopes = z.preprocess(
  (given) => (typeof given === 'string' ? given.trim().split(/\s+/) : given),
  z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, 'is no scope')).min(1),
);
/** `roles,permissions`: claims whose values are scopes. Otherwise an object, or its JSON. Every function that serves HTTP has it. */
const grants = z.preprocess(
  (given) => {
    if (typeof given !== 'string') return given;
    if (!given.trimStart().startsWith('{')) return Object.fromEntries(given.split(',').map((name) => [name.trim(), 'scopes']));
    try {
      return JSON.parse(given);
    } catch {
      return given;
    }
  },
  z
    .record(
      z.string(),
      z.union([z.literal('scopes'), z.record(z.string().min(1), scopes)], {
        error: "is 'scopes', or an object: the scopes of each value of the claim",
      }),
    )
    .refine((given) => Object.keys(given).every((name) => claim.test(name)), "has a key that is not a claim's name, like roles")
    .refine((given) => JSON.stringify(given).length <= 2000, 'has more than 2,000 characters: let the issuer grant scopes'),
);

/** The settings that `-c name=value`, or the context of cdk.json, may set. */
const Settings = z.object({
  stage: z
    .string()
    .regex(/^(dev(-[a-z0-9]+)*|staging|prod)$/, 'is dev, staging or prod; dev-ada or dev-pr-42 is a dev stage of its own')
    .max(24),
  /** The folder of the domain (`domain-folder.ts`). */
  domain: z.string().default('domain'),
  /** The URL of the OpenID Connect issuer that signs the API's tokens. */
  issuer: z.url().optional(),
  /** The audience of the tokens, or the clients that they were issued to. Separate several by commas. */
  audience: list.optional(),
  /** `none`, instead of an issuer: every caller may do everything. */
  auth: z.literal('none', 'can only be none').optional(),
  /**
   * The claim of a token that names the caller's tenant, such as `tenant` or `custom:tenant`. Absent: the service has no tenants. Set it
   * before the first event and never change it afterwards: the tenant is part of every key.
   */
  tenantClaim: z.string().regex(claim, "is a claim's name, like tenant or custom:tenant").optional(),
  /** What the issuer puts before each scope: `api/` for Cognito's `api/order:write`. Other scopes of a token then grant nothing. */
  scopePrefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, 'is the text before a scope, like api/')
    .optional(),
  /**
   * Further claims that grant scopes. `roles,permissions`: their values are scopes. An object (or its JSON) gives scopes to each value:
   * `{"cognito:groups":{"clerks":["order:write","order:read"]}}`. A dot leads into a claim: `realm_access.roles`.
   */
  grants: grants.optional(),
  /** The claim that names the actor, which every commit stores for ever. Several by commas: the first that a token has. */
  actorClaim: z
    .string()
    .refine((names) => names.split(',').every((name) => claim.test(name)), "is a claim's name, like oid; separate several by commas")
    .optional(),
  /** Whether an actor may look like an e-mail address. It can never be removed from the log. */
  emailActors: yesOrNo.default(false),
  /** The origins of the web pages that may call the API from a browser, like `https://shop.example.com`. Separate several by commas. */
  allowedOrigins: list.default([]),
  /**
   * The name that clients call, like `api.example.com`. CloudFront and a firewall are then in front of the API, in a second stack in
   * us-east-1, and the URL that API Gateway makes is off.
   */
  domainName: z
    .string()
    .regex(
      /^(?=.{3,246}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
      'is the name of a host in small letters, like api.example.com',
    )
    .optional(),
  /** The hosted zone of Route 53 in this account that has the records of `domainName`. Absent: the records are made by hand. */
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]{1,31}$/, 'is the id of a hosted zone, like Z0123456789ABCDEFGHIJ')
    .optional(),
  /** The URLs of the third parties that the domain calls: `payment-provider=https://pay.example.com/v1`. Separate several by commas. */
  endpoints: endpoints.default({}),
  /**
   * The ARNs of secrets that exist already, for third parties that ask for credentials: `payment-provider=arn:aws:secretsmanager:…`. Separate
   * several by commas. The stack makes the others, without a value.
   */
  credentials: secretArns.default({}),
  /** The accounts that may send to an inbox: `till=111122223333`. Separate several accounts by spaces, and several inboxes by commas. */
  inboxAccounts: accounts.default({}),
  /**
   * The bus of this account and region that an inbox listens to, by name or ARN: `orders=shop-events`. Separate several by commas. Absent:
   * the stack makes a bus for the inbox.
   */
  inboxBuses: buses.default({}),
  /** Whether tables and logs outlive the stack. Then neither the stack nor a table can be deleted by one call. */
  keepsData: yesOrNo,
  /** Whether the stage has alarms and a dashboard. */
  isWatched: yesOrNo,
  /** The e-mail address that gets the alarms. Other recipients subscribe to the stack's output `AlarmTopic`. */
  alarmEmail: z.email().optional(),
  /** The lowest level that the functions log. */
  logLevel: z.enum(['INFO', 'WARN']),
  /** The share of requests whose INFO lines are logged at any level: 0.01 is one in a hundred. */
  logSampleRate: z.coerce.number().min(0).max(1),
  /** The memory of each function, which also sets its share of a processor. */
  memoryMegabytes: wholeNumber(128, 10_240),
  /** The requests that the API accepts per second, over all its routes. Further requests get 429. */
  requestsPerSecond: wholeNumber(1, 10_000),
  /** The requests that may arrive at once. */
  requestBurst: wholeNumber(1, 5_000),
  /** The requests per second that each warm instance of a function accepts of one tenant. Further requests get 429. Absent: any number. */
  tenantRequestsPerSecond: wholeNumber(1, 10_000).optional(),
  /** The requests of one tenant that may arrive at once at an instance. The default is twice `tenantRequestsPerSecond`. */
  tenantRequestBurst: wholeNumber(1, 20_000).optional(),
  /** The read units per second that the daily audit, or the daily anchor, takes from one table at most. */
  auditUnitsPerSecond: wholeNumber(100, 40_000).default(750),
  /** The number of the key that seals cursors. The next number makes a new key. Cursors of the key before it stay valid. */
  cursorKey: wholeNumber(1, 1_000_000).default(1),
  /**
   * Whether a key of the account encrypts every store of the stack. The account can disable it, and its uses are on record. $1 a month, plus
   * its uses.
   */
  ownKey: yesOrNo.default(false),
  /** The ARN of a further role that may append, for an import of history. */
  importer: z
    .string()
    .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/, 'is the ARN of a role')
    .optional(),
  /**
   * The ARNs of the users and roles that may assume the role of operators. Separate several by commas. Absent: the principals of this
   * account that have the right to assume it.
   */
  operators: list
    .pipe(z.array(z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:((role|user)\/\S+|root)$/, 'is no ARN of a role, a user or an account')))
    .default([]),
  /** After this time an anchor is removed. Until then no principal can remove it, in a stage that keeps data. */
  anchorRetentionDays: wholeNumber(1, 36_500),
  logRetentionDays: wholeNumber(1, 3653).refine((days) => logRetentionDays.includes(days), `is one of ${logRetentionDays.join(', ')}`),
});

export type Stage = z.output<typeof Settings>;
/** The settings that an app may give. The others have the stage's defaults. */
export type Settings = Partial<z.input<typeof Settings>>;

/** The API is open only if the settings say so explicitly. */
const saysWhoMay = ({ issuer, audience, auth }: Partial<Stage>): boolean =>
  auth === 'none' ? issuer === undefined && audience === undefined : issuer !== undefined && audience !== undefined;
const whoMay =
  'say who may use the API: -c issuer=https://… -c audience=… (any OpenID Connect issuer), or -c auth=none: every caller may do everything';

/** A token names the tenant, so a service with tenants requires tokens. */
const tenantsHaveTokens = ({ auth, tenantClaim }: Partial<Stage>): boolean => auth !== 'none' || tenantClaim === undefined;
const whoseTokens = 'excludes -c auth=none: a token names the tenant of a caller, and an open API reads no token';

/** A hosted zone alone would do nothing. */
const zoneHasName = ({ domainName, hostedZoneId }: Partial<Stage>): boolean => hostedZoneId === undefined || domainName !== undefined;
const whoseZone = 'has the records of a domain: say which with -c domainName=api.example.com';
/** A quota of tenants needs tenants, and a rate. */
const quotasHaveTenants = ({ tenantClaim, tenantRequestsPerSecond, tenantRequestBurst }: Partial<Stage>): boolean =>
  tenantClaim !== undefined || (tenantRequestsPerSecond ?? tenantRequestBurst) === undefined;
const whoseQuota = 'needs -c tenantClaim=…: without tenants no request belongs to one';
const burstsHaveRate = ({ tenantRequestsPerSecond, tenantRequestBurst }: Partial<Stage>): boolean =>
  tenantRequestBurst === undefined || tenantRequestsPerSecond !== undefined;
const whichRate = 'needs -c tenantRequestsPerSecond=…: a burst alone is no quota';

type Defaults = Omit<z.input<typeof Settings>, 'stage'>;

/** The defaults of each stage. Staging is prod with less traffic, so that a trial there tests what is deployed to prod. */
const defaults: Readonly<Record<string, Defaults>> = {
  dev: {
    keepsData: false,
    isWatched: false,
    logLevel: 'INFO',
    logSampleRate: 1,
    memoryMegabytes: 512,
    requestsPerSecond: 50,
    requestBurst: 100,
    logRetentionDays: 7,
    anchorRetentionDays: 7,
  },
  staging: {
    keepsData: true,
    isWatched: true,
    logLevel: 'WARN',
    logSampleRate: 0.1,
    memoryMegabytes: 1024,
    requestsPerSecond: 200,
    requestBurst: 400,
    logRetentionDays: 30,
    anchorRetentionDays: 30,
  },
  prod: {
    keepsData: true,
    isWatched: true,
    logLevel: 'WARN',
    logSampleRate: 0.01,
    memoryMegabytes: 1024,
    requestsPerSecond: 2000,
    requestBurst: 4000,
    logRetentionDays: 365,
    anchorRetentionDays: 365,
  },
};

/** The settings of the stage from `-c stage=…`. Default: `dev`. @throws Error, which names every wrong setting. */
export const stageOf = ({ node: { root } }: Construct): Stage => {
  const known = stages.get(root) ?? parse(root.node.getAllContext());
  stages.set(root, known);
  return known;
};

/** The parsed settings of each app, because every construct asks for them. */
const stages = new WeakMap<object, Stage>();

const parse = (context: Readonly<Record<string, unknown>>): Stage => {
  // The CDK's own names have a colon, a slash or a hyphen. A single word that is not a setting is misspelt.
  const given = Object.fromEntries(Object.entries({ stage: 'dev', ...context }).filter(([name]) => /^[A-Za-z]+$/.test(name)));
  const kind = String(given['stage']).split('-')[0] ?? '';
  const usual = Object.hasOwn(defaults, kind) ? defaults[kind] : defaults['dev'];
  const { data, error } = Settings.strict()
    .refine(saysWhoMay, { error: whoMay, path: ['auth'] })
    .refine(zoneHasName, { error: whoseZone, path: ['hostedZoneId'] })
    .refine(tenantsHaveTokens, { error: whoseTokens, path: ['tenantClaim'] })
    .refine(quotasHaveTenants, { error: whoseQuota, path: ['tenantRequestsPerSecond'] })
    .refine(burstsHaveRate, { error: whichRate, path: ['tenantRequestBurst'] })
    .safeParse({ ...usual, ...given });
  if (data !== undefined) return data;
  const faults = error.issues.map(({ code, path: [name = '', ...within], message }) => {
    if (code === 'unrecognized_keys') return `  ${message}; the settings are ${Object.keys(Settings.shape).join(', ')}`;
    if (within.length > 0) return `  ${[name, ...within].join('.')}: ${message}`;
    return `  ${String(name)}: ${given[String(name)] === undefined ? '' : `${JSON.stringify(given[String(name)])} `}${message}`;
  });
  throw new Error(`the settings of the stage (-c name=value, or the context in cdk.json) are wrong:\n${faults.join('\n')}`);
};

import type { Construct } from 'constructs';
import * as z from 'zod';

/** From the command line a value comes as text, from cdk.json as what it is. */
const wholeNumber = (least: number, most: number) =>
  z.preprocess((given) => (typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : given), z.int().min(least).max(most));
const yesOrNo = z.preprocess((given) => (given === 'true' ? true : given === 'false' ? false : given), z.boolean());
const logRetentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const list = z.preprocess(
  (given) => (typeof given === 'string' ? given.split(',').map((one) => one.trim()) : given),
  z.array(z.string().min(1)),
);

/** Not in the clear, but to this machine; and a password would stand in the template for all to read. */
const endpoint = z
  .url()
  .regex(/^https:|^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/, 'has to be https')
  .regex(/^[^?#@]*$/, 'can have no query, no fragment and no password');
/** `name=https://…,other=https://…`, or an object. */
const endpoints = z.preprocess(
  (given) => (typeof given === 'string' ? Object.fromEntries(given.split(',').map(nameAndValue)) : given),
  z.record(z.string(), endpoint),
);
const nameAndValue = (text: string): readonly [string, string] => {
  const [, name = text.trim(), value = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
  return [name, value];
};

/** What may be said with `-c name=value`, or in the context of cdk.json. */
const Settings = z.object({
  stage: z
    .string()
    .regex(/^(dev(-[a-z0-9]+)*|staging|prod)$/, 'is dev, staging or prod; dev-ada or dev-pr-42 is a dev stage of its own')
    .max(24),
  /** The folder of the domain (`domain-folder.ts`). */
  domain: z.string().default('domain'),
  /** Whoever signs the tokens that the API takes: any OpenID Connect issuer. */
  issuer: z.url().optional(),
  /** Whom the tokens are for, or else the clients that they were issued to; several are separated by commas. */
  audience: list.optional(),
  /** `none`, instead of an issuer: anybody may do everything. */
  auth: z.literal('none', 'can only be none').optional(),
  /**
   * The claim of a token that says which tenant its bearer is of, such as `tenant` or `custom:tenant`. Absent: there are no tenants. It is
   * said before the first event, and never otherwise after it: the tenant is part of every key.
   */
  tenantClaim: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,127}$/, "is a claim's name, like tenant or custom:tenant")
    .optional(),
  /** The web pages that may call the API from a browser, like `https://shop.example.com`; separated by commas. */
  allowedOrigins: list.default([]),
  /** Where the third parties are that the domain calls, by name: `payment-provider=https://pay.example.com/v1`; separated by commas. */
  endpoints: endpoints.default({}),
  /** Tables and logs outlive the stack, and neither it nor they can be deleted by one call. */
  keepsData: yesOrNo,
  /** There are alarms, and a dashboard. */
  isWatched: yesOrNo,
  /** Who is told of an alarm. Others may subscribe to the stack's `AlarmTopic`. */
  alarmEmail: z.email().optional(),
  /** From which level on the functions log. */
  logLevel: z.enum(['INFO', 'WARN']),
  /** Of how many requests the INFO lines are kept all the same: 0.01 is one in a hundred. */
  logSampleRate: z.coerce.number().min(0).max(1),
  /** The memory of a function, which is also its share of a processor. */
  memoryMegabytes: wholeNumber(128, 10_240),
  /** Together, over all routes of the API. What is beyond is answered 429. */
  requestsPerSecond: wholeNumber(1, 10_000),
  /** How many of them may come at once. */
  requestBurst: wholeNumber(1, 5_000),
  /** The log under a key of the account's own, which can be withdrawn and whose uses are on record; $1 a month and a little for its uses. */
  ownKey: yesOrNo.default(false),
  /** A role besides the service's own that may append: of whoever imports history. */
  importer: z
    .string()
    .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/, 'is the ARN of a role')
    .optional(),
  /** For how long an anchor of the log cannot be removed, by anybody, where data are kept; and then it is. */
  anchorRetentionDays: wholeNumber(1, 36_500),
  logRetentionDays: wholeNumber(1, 3653).refine((days) => logRetentionDays.includes(days), `is one of ${logRetentionDays.join(', ')}`),
});

export type Stage = z.output<typeof Settings>;
/** The settings that may be given; what is left out is as in the stage's defaults. */
export type Settings = Partial<z.input<typeof Settings>>;

/** An open API is never what happens where nothing was said. */
const saysWhoMay = ({ issuer, audience, auth }: Partial<Stage>): boolean =>
  auth === 'none' ? issuer === undefined && audience === undefined : issuer !== undefined && audience !== undefined;
const whoMay =
  'who may use the API has to be said: -c issuer=https://… -c audience=… (any OpenID Connect issuer), or else -c auth=none, and anybody may do everything';

/** What a tenant may do is said by a token, so there has to be one. */
const tenantsHaveTokens = ({ auth, tenantClaim }: Partial<Stage>): boolean => auth !== 'none' || tenantClaim === undefined;
const whoseTokens = 'cannot be said together with -c auth=none: which tenant a caller is of is in a token, and an open API takes none';

type Defaults = Omit<z.input<typeof Settings>, 'stage'>;

/** What the stages differ in; staging is prod with less traffic, so that what is tried out there is what is deployed. */
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

/** The settings of the stage from `-c stage=…`, `dev` where none is given. @throws Error, naming every setting that is wrong. */
export const stageOf = ({ node: { root } }: Construct): Stage => {
  const known = stages.get(root) ?? parse(root.node.getAllContext());
  stages.set(root, known);
  return known;
};

/** Every construct asks, and the answer is one for the app. */
const stages = new WeakMap<object, Stage>();

const parse = (context: Readonly<Record<string, unknown>>): Stage => {
  // Names of the CDK's own have a colon, a slash or a hyphen; one word that is not a setting is a misspelt one.
  const given = Object.fromEntries(Object.entries({ stage: 'dev', ...context }).filter(([name]) => /^[A-Za-z]+$/.test(name)));
  const kind = String(given['stage']).split('-')[0] ?? '';
  const usual = Object.hasOwn(defaults, kind) ? defaults[kind] : defaults['dev'];
  const { data, error } = Settings.strict()
    .refine(saysWhoMay, { error: whoMay, path: ['auth'] })
    .refine(tenantsHaveTokens, { error: whoseTokens, path: ['tenantClaim'] })
    .safeParse({ ...usual, ...given });
  if (data !== undefined) return data;
  const faults = error.issues.map(({ code, path: [name = '', ...within], message }) => {
    if (code === 'unrecognized_keys') return `  ${message}; there are ${Object.keys(Settings.shape).join(', ')}`;
    if (within.length > 0) return `  ${[name, ...within].join('.')}: ${message}`;
    return `  ${String(name)}: ${given[String(name)] === undefined ? '' : `${JSON.stringify(given[String(name)])} `}${message}`;
  });
  throw new Error(`the settings of the stage (-c name=value, or the context in cdk.json) are wrong:\n${faults.join('\n')}`);
};

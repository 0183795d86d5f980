import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmStart, outcomeOf, run } from './processes.ts';

const additions = [
  'aggregate guest',
  'aggregate booking',
  'aggregate loyaltyAccount',
  'projection guest-list --of guest',
  'projection booking-list --of booking',
  'projection booking-history --of booking',
  'projection loyalty-balance --of loyaltyAccount',
  'saga arrival --of booking --sends loyaltyAccount.AddLoyaltyAccount',
  'saga farewell --of guest',
];

/** What `foldstream add` refuses, and what it says then. */
const refusals: Readonly<Record<string, { readonly args: string; readonly says: RegExp }>> = {
  'a name that is there': { args: 'aggregate guest', says: /is there already/ },
  'a name that no aggregate can have': { args: 'aggregate loyalty-account', says: /cannot be the name/ },
  'a word of the language': { args: 'aggregate class', says: /cannot be the name/ },
  'a path of the API': { args: 'projection streams --of guest', says: /first word of the API/ },
  'an aggregate that is not there': { args: 'projection list --of nobody', says: /guest/ },
  'a projection of no aggregate': { args: 'projection list', says: /--of/ },
  'a command that is not there': { args: 'saga other --of guest --sends guest.Sleep', says: /guest\.AddGuest/ },
  'another kind': { args: 'table guest', says: /cannot be added/ },
};

const add = (shop: string, args: string) => outcomeOf(shop, 'npx', 'foldstream', 'add', ...args.split(' '));

/** A hotel of three aggregates, four projections and two sagas. */
export const buildHotel = async (shop: string): Promise<void> => {
  for (const args of additions) {
    const { code, output } = await add(shop, args);
    assert.equal(code, 0, `foldstream add ${args}:\n${output}`);
  }
  const before = await run(shop, 'git', 'status', '--porcelain', '--untracked-files=all');
  const outside = before.split('\n').filter((line) => line !== '' && !/^.. domain\//.test(line));
  assert.deepEqual(outside, [], 'foldstream add has touched other files than those of the domain');
  assert.deepEqual(strays(join(shop, 'domain')), [], 'a relative path leads out of the domain');
  for (const [title, { args, says }] of Object.entries(refusals)) {
    const { code, output } = await add(shop, args);
    assert.notEqual(code, 0, `${title} is taken: foldstream add ${args}`);
    assert.match(output, says, title);
  }
  assert.equal(
    await run(shop, 'git', 'status', '--porcelain', '--untracked-files=all'),
    before,
    'what was refused has left something behind',
  );
};

const strays = (domain: string): readonly string[] =>
  readdirSync(domain, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const depth = file.split('/').length - 1;
      const imports = [...readFileSync(join(domain, file), 'utf8').matchAll(/from '([^']*)'/g)].map(([, to = '']) => to);
      return imports
        .filter((to) => to.split('../').length - 1 > depth || /node_modules|\/(core|adapters)\//.test(to))
        .map((to) => `${file} → ${to}`);
    });

/** A bucket of the team's own, and a setting, in bin/app.ts. */
export const ownResources = async (shop: string): Promise<void> => {
  const app = join(shop, 'bin/app.ts');
  const before = readFileSync(app, 'utf8');
  writeFileSync(
    app,
    `import { Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { serviceApp } from 'foldstream/cdk';

await serviceApp('shop', {
  settings: { memoryMegabytes: 777 },
  add: (stack) => {
    const pictures = new Bucket(stack, 'Pictures', { enforceSSL: true });
    Validations.of(pictures).acknowledge({ id: 'AwsSolutions-S1', reason: 'Who looks at a picture is not on record.' });
    stack.eventStore.node.addDependency(pictures);
  },
});
`,
  );
  await run(shop, 'npm', 'run', '--silent', 'types');
  await run(shop, 'npx', 'cdk', 'synth', '-q', '-c', 'auth=none');
  const template = readFileSync(join(shop, 'cdk.out/shop-dev.template.json'), 'utf8');
  assert.match(template, /"Pictures[0-9A-F]{8}"/, 'the bucket of the team is not in the template');
  assert.match(template, /"MemorySize": ?777/, 'the setting of the team does not hold');
  writeFileSync(app, before);
};

const withResource = (imports: string, resource: string): string => `${imports}
import { serviceApp } from 'foldstream/cdk';

await serviceApp('shop', { add: (stack) => void ${resource} });
`;

/** Apps that synthesize and that the local system cannot run: of the first it knows that at once, of the second when it has stopped the old one. */
const refusedApps: Readonly<Record<string, string>> = {
  '(AWS::SSM::Parameter): add a handler': withResource(
    "import { StringParameter } from 'aws-cdk-lib/aws-ssm';",
    "new StringParameter(stack, 'Motto', { stringValue: 'Sleep well' })",
  ),
  'the local system runs one API, and this is the second': withResource(
    "import { CfnApi } from 'aws-cdk-lib/aws-apigatewayv2';",
    "new CfnApi(stack, 'Second', { name: 'second', protocolType: 'HTTP' })",
  ),
};

/** While the system runs, its app is edited so that it cannot run here. What was there serves on, and takes up the next edit. */
export const refusedApp = async (shop: string): Promise<void> => {
  const [app, decider] = [join(shop, 'bin/app.ts'), join(shop, 'domain/guest/decider.ts')];
  const [appBefore, deciderBefore] = [readFileSync(app, 'utf8'), readFileSync(decider, 'utf8')];
  const system = await npmStart(shop);
  const add = async (id: string): Promise<string> => {
    const body = JSON.stringify({ title: id });
    const answer = await fetch(`${system.url}/guest/${id}/AddGuest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return `${answer.status} ${await answer.text()}`;
  };
  try {
    for (const [reason, text] of Object.entries(refusedApps)) {
      writeFileSync(app, text);
      await system.says(reason);
      while ((await add(reason.length.toString())).startsWith('503')) await new Promise((elapsed) => setTimeout(elapsed, 100));
      assert.match(await add(reason.length.toString()), /GuestAlreadyAdded/, `after '${reason}'`);
    }
    writeFileSync(app, appBefore);
    writeFileSync(decider, deciderBefore.replace('GuestAlreadyAdded', 'GuestIsKnown'));
    while (!(await add('bo')).includes('GuestIsKnown')) await new Promise((elapsed) => setTimeout(elapsed, 100));
  } finally {
    await system.stop();
    writeFileSync(app, appBefore);
    writeFileSync(decider, deciderBefore);
    rmSync(join(shop, '.local'), { recursive: true });
  }
};

const endToEnd = `import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningSystem, runSystem } from 'foldstream/testing';

let system: RunningSystem;
beforeAll(async () => {
  system = await runSystem({ timeScale: 0.1 });
}, 600_000);
afterAll(() => system?.stop());

test('a booking opens an account', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ title: 'Two nights' });
  expect((await fetch(\`\${system.url}/booking/7/AddBooking\`, { method: 'POST', headers, body })).status).toBe(200);
  let status = 0;
  for (let tries = 0; tries < 300 && status !== 200; tries += 1) {
    status = (await fetch(\`\${system.url}/loyalty-balance/7\`)).status;
    await new Promise((elapsed) => setTimeout(elapsed, 200));
  }
  expect(status).toBe(200);
});
`;

/** A test from end to end of the team's own, with `runSystem`. */
export const ownEndToEnd = async (shop: string): Promise<void> => {
  const file = join(shop, 'domain/hotel.e2e.test.ts');
  writeFileSync(file, endToEnd);
  await run(shop, 'npm', 'test', '--silent', '--', 'hotel.e2e');
  rmSync(file);
};

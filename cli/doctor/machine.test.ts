import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { lockFolder } from '../../local/folder-lock.ts';
import { javaFinding, nodeFinding, peerFindings, portFinding } from './machine.ts';

test('an old Node is reported', () => {
  expect(nodeFinding('22.1.0').remedy).toContain('npm install');
  expect(nodeFinding().remedy).toBeUndefined();
});

test('a machine without Java is told where to get Java, unless it has an engine', () => {
  const nothing = { PATH: '/nowhere' };
  expect(javaFinding(nothing)).toEqual({ what: 'Java', found: 'none', remedy: expect.stringContaining('Java 17') });
  expect(javaFinding({ ...nothing, DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' }).remedy).toBeUndefined();
});

test('every peer of this repository fits', () => {
  const findings = peerFindings();
  expect(findings.map(({ what }) => what)).toEqual(expect.arrayContaining(['zod', 'aws-cdk-lib', 'amplify-dynamodb-simulator']));
  expect(findings.filter(({ remedy }) => remedy !== undefined)).toEqual([]);
});

test('a port that is taken is named with the next one, unless a system of this service runs', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const dataFolder = mkdtempSync(join(tmpdir(), 'doctor-'));
  writeFileSync(join(dataFolder, 'system.json'), '{}'); // A system that was killed leaves it behind.
  const find = () => portFinding({ PORT: String(port) }, dataFolder);
  expect((await find()).remedy).toContain(`PORT=${port + 1} npm start`);
  const lock = lockFolder(dataFolder);
  expect(await find()).toEqual({ what: 'Port', found: `${port}, and a system of this service runs` });
  lock.release();
  expect((await find()).remedy).toContain(`PORT=${port + 1} npm start`);
  server.close();
  rmSync(dataFolder, { recursive: true });
});

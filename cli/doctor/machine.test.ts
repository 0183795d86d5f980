import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
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

test('a port that is taken is named, with the next one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  expect((await portFinding({ PORT: String(port) })).remedy).toContain(`PORT=${port + 1} npm start`);
  server.close();
});

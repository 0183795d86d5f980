import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const versionOf = (folder: string): string => JSON.parse(read(`${folder}/package.json`)).version;

/** The measured versions, and the kind of machine. The report does not name the machine. */
export const versions = (): readonly (readonly [string, string])[] => {
  const own = (name: string) => versionOf(`../../node_modules/${name}`);
  const peer = (name: string) => versionOf(`../node_modules/${name}`);
  const [engine] =
    /\d+\.\d+\.\d+/.exec(read('../../node_modules/amplify-dynamodb-simulator/emulator/README.txt').replaceAll(/\d{4}-\d+-\d+/g, '')) ?? [];
  return [
    ['this project', versionOf('../..')],
    [
      '@castore/core, @castore/event-storage-adapter-dynamodb',
      `${peer('@castore/core')}, ${peer('@castore/event-storage-adapter-dynamodb')}`,
    ],
    ['@equinox-js/core, @equinox-js/dynamo-store', `${peer('@equinox-js/core')}, ${peer('@equinox-js/dynamo-store')}`],
    ['event-store-adapter-js', peer('event-store-adapter-js')],
    ['@aws-sdk/client-dynamodb, everywhere', own('@aws-sdk/client-dynamodb')],
    ['DynamoDB Local, in memory', engine ?? 'unknown'],
    ['Node', process.versions.node],
    ['esbuild', own('esbuild')],
    ['machine', `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`],
  ];
};

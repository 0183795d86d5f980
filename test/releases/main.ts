// npm run test:releases [-- --seed N] [-- --emulator]: a chain of deployments of one service, one after the other, while clients use it and
// sagas are under way: a new event version, a new index, a new projection, a changed saga, removed projections, a renamed command, a
// rollback, forward again, and events that are renamed, split and dropped. At the end every event is there once, every saga is completed, and every read model is right.
// Without --emulator the local system reloads the code of each release. With it each release is a `cdk deploy` on MiniStack, as in
// npm run test:deploy; what MiniStack does not have is in docs/ci.md.
import { parseArgs } from 'node:util';
import { onEmulator } from '../deploy/emulator.ts';
import { releaseOnEmulator } from './emulated.ts';
import { releaseLocally } from './local.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, emulator: { type: 'boolean', default: false } } });
const seed = Number(values.seed);

if (values.emulator) await onEmulator({ name: 'releases-emulator', minutes: 20, does: (emulator) => releaseOnEmulator(emulator, seed) });
else await releaseLocally(seed);

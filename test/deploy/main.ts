// npm run test:deploy: runs the real `cdk deploy` of this app against MiniStack, which simulates AWS on this machine. It uses the deployed
// API, deploys other releases over the first one, and destroys the stack. If MiniStack cannot be installed, it prints SKIPPED and the
// reason.
// Where MiniStack differs from AWS, docs/ci.md names the test of the template.
import { onEmulator } from './emulator.ts';
import { rehearse } from './rehearsal.ts';

await onEmulator({ name: 'deploy', minutes: 20, does: rehearse });

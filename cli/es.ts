// npm run es -- COMMAND: looks at the event store of the system that runs on this machine, or of one on AWS. To the log it writes the acts of operators alone, through the command function.
import { ofService } from '../lib/folders.ts';
import { run } from './es/run.ts';

// The reader of the output has ended (`| head`): this program ends, as others do then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1));

process.exitCode = await run(process.argv.slice(2), ofService('.local'));

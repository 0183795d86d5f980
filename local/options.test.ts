import { describe, expect, test } from '@jest/globals';
import { parseCommandLine } from './options.ts';

describe('the command line', () => {
  test.each<[string[], Record<string, string>, object]>([
    [[], {}, { port: 3000, fresh: false, memory: false, help: false, timeScale: 1 }],
    [['--fresh'], { PORT: '8080' }, { port: 8080, fresh: true }],
    [['--memory', '--chaos', '7'], { PORT: '0' }, { port: 0, memory: true, chaosSeed: 7 }],
    [['--chaos=0'], { PORT: '' }, { port: 3000, chaosSeed: 0 }],
    [['--domain', 'examples/fines'], {}, { domain: 'examples/fines' }],
    [['--speed', '60'], {}, { timeScale: 1 / 60 }],
    [['--speed=1.5'], {}, { timeScale: 1 / 1.5 }],
    [['--auth', '--tenant-claim', 'tenant'], {}, { auth: true, tenantClaim: 'tenant' }],
    [['-h'], {}, { help: true }],
    [[], {}, { watch: true, json: false }],
    [['--no-watch', '--json'], {}, { watch: false, json: true }],
    [['--inspect'], {}, { inspectPort: 9229 }],
    [['--inspect=0'], {}, { inspectPort: 0 }],
    [['--origins', 'http://a.example'], {}, { allowedOrigins: 'http://a.example' }],
  ])('%j with %j', (args, environment, expected) => expect(parseCommandLine(args, environment)).toMatchObject(expected));

  test.each<[string[], Record<string, string>, string]>([
    [['--frehs'], {}, '--frehs'],
    [['now'], {}, 'now'],
    [['--tenant-claim', 'tenant'], {}, '--tenant-claim needs --auth: which tenant a caller is of is in a token.'],
    [['--chaos'], {}, '--chaos'],
    [['--chaos', 'much'], {}, "--chaos is a whole number from 0 to 4294967295, not 'much'."],
    [['--speed', '0'], {}, "--speed is a number from 1 to 1000, not '0'."],
    [['--speed', '1e3'], {}, '--speed'],
    [['--speed', 'fast'], {}, '--speed'],
    [['--fresh=yes'], {}, '--fresh'],
    [['--inspect=here'], {}, "--inspect is a whole number from 0 to 65535, not 'here'."],
    [[], { PORT: '65536' }, "PORT is a whole number from 0 to 65535, not '65536'."],
    [[], { PORT: '-1' }, 'PORT'],
    [[], { PORT: 'http' }, 'PORT'],
    [[], { PORT: '0x10' }, 'PORT'],
  ])('%j with %j is refused', (args, environment, message) => expect(() => parseCommandLine(args, environment)).toThrow(message));
});

export const hex = (bytes: string | Uint8Array | undefined): string => Buffer.from(bytes ?? '').toString('hex');
export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
export const at = '2026-01-01T09:00:00.000Z';

/** The first commit of a stream as releases up to 0.2 wrote it. */
export const firstItem = {
  stream: 'acme/tally-7',
  version: 1,
  count: 2,
  events: '[{"type":"Added","schema":1,"data":{"amount":1}},{"type":"Added","schema":1,"data":{"amount":2}}]',
  types: ['Added', 'Added'],
  at,
  command: 'k1',
  request: bytes('2db073663d89b2481f207278cfe62f19'),
  correlation: 'trace-1',
  actor: 'ada',
  hash: bytes('b9116fb2f0f3c1245ccb67e16131239704db7692ba0c36eee575f92b609fd888'),
};

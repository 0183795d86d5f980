import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A part of a trace, as a function sends it. */
export interface Part {
  readonly name: string;
  readonly id: string;
  readonly trace_id: string;
  readonly parent_id: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly aws?: Readonly<Record<string, unknown>>;
  readonly error?: boolean;
  readonly fault?: boolean;
}

/** Stands for the daemon of X-Ray, which is beside every Lambda: it keeps what is sent to it. */
export const startDaemon = async () => {
  const parts: Part[] = [];
  const socket = createSocket('udp4').on('message', (message) => {
    const [, segment = ''] = message.toString().split('\n');
    parts.push(JSON.parse(segment));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, parts, stop: () => socket.close() };
};

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { before } from '../waiting.ts';

/** Listens on the loopback interface alone and answers the address. @throws Error that says how to choose another port. */
export const listen = async (server: Server, port: number): Promise<string> => {
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'EADDRINUSE' ? `Port ${port} is taken: PORT=${port + 1} npm start moves the API.` : message, { cause: error });
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const drainMilliseconds = 3_000;

/** Lets running requests end, but not for long. */
export const close = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  await before(drainMilliseconds, closed);
  server.closeAllConnections();
};

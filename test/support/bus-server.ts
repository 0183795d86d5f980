import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { FakeBus } from './bus.ts';

/** A bus behind a port, for programs that are processes of their own. `down`: nobody gets an answer. */
export const busServer = async (bus: () => FakeBus) => {
  let isDown = false;
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (isDown) return request.socket.destroy();
    const { response: answer } = await bus().connection.handle({ headers: {}, body });
    return response.writeHead(answer.statusCode, answer.headers).end(answer.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    down: (down: boolean) => {
      isDown = down;
    },
    close: () => server.close(),
  };
};

// Picks TCP ports on 127.0.0.1 that nobody listens on. Another process may take one before the caller binds it: whoever
// starts a server with them tries again with fresh ones.

import { createServer, type Server } from 'node:net'

export async function freePorts(count: number): Promise<number[]> {
  // All are held open until the last is found, so that they differ.
  const held = await Promise.all(Array.from({ length: count }, holdPort))
  const ports = held.map((server) => (server.address() as { port: number }).port)
  await Promise.all(held.map((server) => new Promise((done) => server.close(done))))
  return ports
}

function holdPort(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

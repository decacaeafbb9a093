import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { mariadb } from './mariadb.ts'

test('a connection that is given up is closed, though its server never answers the farewell', async () => {
  // A server whose address has moved away: it hears that we leave, and its own farewell never arrives.
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const address = { host: '127.0.0.1', port, socket: null }
  const raw = mariadb.connect({ ...address, user: 'u', password: null, database: 'd', tls: null })
  const [socket] = (await once(server, 'connection')) as [Socket]
  socket.resume()
  const left = once(socket, 'end')
  raw.destroy()
  await left
  const refused = once(socket, 'error')
  // To a socket that is closed, not one that merely sends no more, nothing can be said.
  const talk = setInterval(() => socket.write('x'), 20)
  const [error] = (await refused) as [NodeJS.ErrnoException]
  clearInterval(talk)
  assert.match(String(error.code), /ECONNRESET|EPIPE/)
  server.close()
})

// The floor of HTTP: a bare Fastify that parses the JSON it is sent and answers with as many octets of JSON as it is asked for. What no
// server of ours can be faster than, measured by the same client in the same run.

import fastify from 'fastify'

const app = fastify({ logger: false, bodyLimit: 10_000_000 })
const texts = new Map<number, string>()

app.post<{ Querystring: { bytes: string } }>('/echo', async (request, reply) => {
  const bytes = Number(request.query.bytes)
  const text = texts.get(bytes) ?? jsonOf(bytes)
  texts.set(bytes, text)
  return reply.type('application/json').send(text)
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.on('disconnect', () => process.exit(0))
process.send?.({ kind: 'started', url })

/** Objects as a list of mail has them: parsing one long string would cost the client next to nothing. */
function jsonOf(bytes: number): string {
  const row = {
    id: 'E0123456789abcdef',
    subject: 'Re: harbour crane 142',
    from: [{ name: 'Ann', email: 'ann@x.example' }],
  }
  const rowBytes = JSON.stringify(row).length + 1
  const list = Array.from({ length: Math.max(0, Math.floor((bytes - 30) / rowBytes)) }, () => row)
  const text = JSON.stringify({ list, rest: '' })
  return JSON.stringify({ list, rest: 'x'.repeat(Math.max(0, bytes - text.length)) })
}

import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { formatString, openManageSieve } from './index.ts'

const greeting = '"IMPLEMENTATION" "test"\r\n"SASL" "PLAIN LOGIN XOAUTH2"\r\n"SIEVE" "fileinto vacation"\r\nOK\r\n'
const signal = new AbortController().signal
const credential = { kind: 'password', username: 'alice', password: 'demo' } as const

/** A server that answers each line by the script; literals are swallowed as lines. */
async function withServer<T>(
  answer: (line: string) => string | undefined,
  work: (open: () => ReturnType<ReturnType<typeof openManageSieve>['open']>, lines: string[]) => Promise<T>,
  hello = greeting,
): Promise<T> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let buffer = ''
    socket.on('error', () => {})
    socket.write(hello)
    socket.on('data', (chunk) => {
      buffer += chunk.toString()
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end)
        buffer = buffer.slice(end + 2)
        lines.push(line)
        const friendly =
          line === 'CAPABILITY'
            ? greeting
            : /^(AUTHENTICATE|SETACTIVE|LOGOUT|RENAMESCRIPT|DELETESCRIPT)/.test(line)
              ? 'OK\r\n'
              : undefined
        const reply = answer(line) ?? friendly
        if (reply !== undefined) socket.write(reply)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const store = openManageSieve({ connectTimeoutMs: 1000, commandTimeoutMs: 300 })
  try {
    return await work(() => store.open({ host: '127.0.0.1', port, tls: 'none' }, credential, signal), lines)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

test('names and scripts come as quoted strings or literals, in any mixture', async () => {
  const list = '"plain"\r\n"quo\\"te\\\\" ACTIVE\r\n{6}\r\nlong\r\n\r\n{6+}\r\nÜml-x\r\nOK (WARNINGS) "fine"\r\n'
  const script = 'keep;\r\n"OK\r\nOK\r\n'
  await withServer(
    (line) =>
      line === 'LISTSCRIPTS'
        ? list
        : line.startsWith('GETSCRIPT')
          ? `{${script.length}}\r\n${script}\r\nOK\r\n`
          : undefined,
    async (open) => {
      const session = await open()
      assert.deepEqual(session.info, { extensions: ['fileinto', 'vacation'], maxRedirects: null })
      assert.deepEqual(
        (await session.list()).map(({ name, isActive }) => [name, isActive]),
        [
          ['plain', false],
          ['quo"te\\', true],
          ['long\r\n', false],
          ['Üml-x', false],
        ],
      )
      assert.equal(await session.get('plain'), script)
      await session.close()
    },
  )
})

test('codes become failures of their own, and the words of a refused script are told', async () => {
  const replies: Readonly<Record<string, string>> = {
    a: 'NO (NONEXISTENT) "no"',
    b: 'NO (ALREADYEXISTS) "no"',
    c: 'NO (QUOTA/MAXSIZE) "no"',
    d: 'NO (QUOTA) "no"',
    e: 'NO (ACTIVE) "no"',
    f: 'NO (TRYLATER) "no"',
    g: 'BYE "out"',
    h: 'NO {20}\r\nline 1: error: what?',
  }
  const codes = [
    'notFound',
    'alreadyExists',
    'tooLarge',
    'overQuota',
    'conflict',
    'unavailable',
    'unavailable',
    'badInput',
  ] as const
  for (const [at, name] of Object.keys(replies).entries()) {
    await withServer(
      (line) => (line.startsWith('DELETESCRIPT') ? `${replies[name]}\r\n` : undefined),
      async (open) => {
        const session = await open()
        await assert.rejects(
          session.delete(name),
          (error) => isFailure(error, codes[at]!) && (name !== 'h' || error.detail.message === 'line 1: error: what?'),
          name,
        )
      },
    )
  }
})

test('no name and no script ends its string: line breaks go as literals or are refused', async () => {
  await withServer(
    () => undefined,
    async (open, lines) => {
      const session = await open()
      for (const name of ['a\r\nLOGOUT', 'a\nb', 'a\0b', '', 'x'.repeat(513), 'a\u2028b']) {
        await assert.rejects(session.activate(name), (error) => isFailure(error, 'badInput'), JSON.stringify(name))
      }
      await session.activate('a" "b\\')
      await session.rename('ü', 'x')
      assert.deepEqual(lines.slice(2), ['SETACTIVE "a\\" \\"b\\\\"', 'RENAMESCRIPT "ü" "x"'])
    },
  )
  assert.equal(formatString('a\r\nb'), '{4+}\r\na\r\nb')
  assert.equal(formatString(`ü${'x'.repeat(2000)}`).split('\r\n')[0], '{2002+}')
})

test('a server that lies, floods, stalls or hangs up ends in a failure, never in a hang', async () => {
  const cases: readonly (readonly [string, string, readonly ('unavailable' | 'timeout')[]])[] = [
    ['a literal beyond any bound', '{99999999999}\r\n', ['unavailable']],
    ['a literal that is too long', '{5000000}\r\n', ['unavailable']],
    ['a line without end', 'x'.repeat(100_000), ['unavailable']],
    ['lines without end', '"a"\r\n'.repeat(5000), ['unavailable']],
    ['an open quote', '"abc\r\n', ['unavailable']],
    ['garbage', '\x00\x01{{{\r\n', ['unavailable']],
    ['silence', '', ['timeout']],
    ['half a literal', '{10}\r\nabc', ['timeout']],
  ]
  for (const [name, reply, codes] of cases) {
    await withServer(
      (line) => (line === 'LISTSCRIPTS' ? reply : undefined),
      async (open) => {
        const session = await open()
        await assert.rejects(session.list(), (error) => isFailure(error, ...codes), name)
      },
    )
  }
})

test('sign-in: a challenge is answered, a refusal is told apart from a server that is busy', async () => {
  await withServer(
    (line) =>
      line.startsWith('AUTHENTICATE')
        ? '"VXNlcm5hbWU6"\r\n'
        : line === '"YWxpY2U="'
          ? '{12}\r\nUGFzc3dvcmQ6\r\n'
          : line === '"ZGVtbw=="'
            ? 'OK\r\n'
            : undefined,
    async (open, lines) => {
      await (await open()).close()
      assert.ok(lines.includes('AUTHENTICATE "LOGIN"'))
    },
    '"SASL" "LOGIN"\r\nOK\r\n',
  )
  for (const [reply, code] of [
    ['NO "wrong"', 'badCredentials'],
    ['NO (TRYLATER) "busy"', 'unavailable'],
    ['BYE "full"', 'unavailable'],
  ] as const) {
    await withServer(
      (line) => (line.startsWith('AUTHENTICATE') ? `${reply}\r\n` : undefined),
      async (open) => void (await assert.rejects(open(), (error) => isFailure(error, code))),
    )
  }
})

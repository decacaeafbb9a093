// After `npm ci`: the Node that came as the npm package `node` must start. It needs libatomic, which a minimal Debian does not have; it is
// installed where we may, else what to type is said. Runs under whichever Node runs npm (20 or later), so: CommonJS, plain JavaScript.

const { spawnSync } = require('node:child_process')
const { join } = require('node:path')

const ours = join(__dirname, '..', 'node_modules', 'node', 'bin', 'node')
const start = () => spawnSync(ours, ['--version'], { encoding: 'utf8' })
const run = (command, args) =>
  spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status ===
  0

function install(name) {
  const isRoot = process.getuid?.() === 0
  const apt = (...args) => (isRoot ? run('apt-get', args) : run('sudo', ['-n', 'apt-get', ...args]))
  return apt('update', '-qq') && apt('install', '-y', '-qq', '--no-install-recommends', name)
}

const first = start()
if (first.status !== 0) {
  const needsAtomic = /libatomic/.test(first.stderr ?? '')
  if (needsAtomic && process.platform === 'linux') {
    console.log('The Node of this project needs libatomic1: installing it.')
    install('libatomic1')
  }
  const second = start()
  if (second.status !== 0) {
    console.error(second.stderr || String(second.error))
    console.error(
      needsAtomic ? '\nType: sudo apt-get install libatomic1\nand then npm ci again.\n' : `\n${ours} does not start.\n`,
    )
    process.exit(1)
  }
}

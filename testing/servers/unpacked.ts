// Servers whose Debian packages cannot be installed beside Dovecot (they conflict): unpacked into the user's cache folder, laid over
// the system's files in a mount namespace of their own. Root only.

import { execFileSync } from 'node:child_process'
import { cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'
import { run, type ServerProcess, spawnServer } from './process.ts'

/** Downloads what these packages need beyond what is installed, unpacks it once, and returns the folder. */
export async function unpackDebian(...packages: readonly string[]): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error(`${packages.join(', ')} can only be started by root`)
  const policy = execFileSync('apt-cache', ['policy', ...packages], { encoding: 'utf8' })
  const candidates = [...policy.matchAll(/Candidate: (\S+)/g)].map((match) => match[1])
  if (candidates.length < packages.length || candidates.includes('(none)')) {
    throw new Error(`apt knows no ${packages.join(', ')}: run apt-get update`)
  }
  const dir = cacheFolder(
    'unpacked',
    packages.map((name, n) => `${name}_${candidates[n]}`.replaceAll(/[^\w.+-]/g, '-')).join('_'),
  )
  if ((await readdir(dir).catch(() => [])).length > 0) return dir

  // Made under another name and renamed when whole: a test that was killed leaves nothing that looks ready.
  const draft = `${dir}.${process.pid}`
  const debDir = join(draft, 'debs')
  const rootDir = join(draft, 'root')
  await mkdir(join(debDir, 'partial'), { recursive: true })
  await mkdir(rootDir)
  await run('apt-get', [
    ...['-o', `Dir::Cache::archives=${debDir}`, '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=root'],
    ...['install', '-y', '-q', '--download-only', '--no-install-recommends', ...packages],
  ])
  for (const name of await readdir(debDir)) {
    if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(debDir, name), rootDir])
  }
  await mergeUsr(rootDir)
  await rename(rootDir, dir).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY') throw error // Another test was faster.
  })
  await rm(draft, { recursive: true })
  return dir
}

/** A real /lib in a lower layer would hide the system's /lib -> usr/lib. */
async function mergeUsr(rootDir: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64']) {
    const from = join(rootDir, name)
    const isThere = await cp(from, join(rootDir, 'usr', name), { recursive: true, verbatimSymlinks: true }).then(
      () => true,
      () => false,
    )
    if (!isThere) continue
    await rm(from, { recursive: true })
    await symlink(`usr/${name}`, from)
  }
}

/**
 * Runs `script` (sh) in a mount namespace where the packages' /usr and /etc lie over the system's, /run is empty and /mnt is `dataDir`.
 * What it writes elsewhere than /mnt lies in memory and goes with it. The script ends with `exec` of the server in the foreground.
 */
export function spawnInOverlay(unpackedDir: string, dataDir: string, script: string): ServerProcess {
  // The whole of / cannot be one layer: the packages lie below it, and overlayfs refuses layers that contain each other.
  const outside = `set -e
mount --bind "$2" /mnt
mount -t tmpfs tmpfs /run
for name in usr etc; do
  mkdir -p /run/layers/$name /run/layers/$name.work
  mount -t overlay overlay -o "lowerdir=$1/$name:/$name,upperdir=/run/layers/$name,workdir=/run/layers/$name.work" /$name
done
# This shell stays, as the init of its pid namespace: --kill-child is lost on a process that changes its user, as Cyrus does.
sh -ec "$3"
exit $?`
  // A pid namespace too: a server that changes its user or its session would otherwise outlive us.
  const namespace = ['--mount', '--pid', '--fork', '--kill-child']
  return spawnServer('unshare', [...namespace, 'sh', '-c', outside, 'overlay', unpackedDir, dataDir, script], {
    deathSignal: 'KILL', // unshare is deaf to others.
  })
}

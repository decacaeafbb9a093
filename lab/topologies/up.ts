// Brings a cluster up: rack, hosts, mail that is already there, then services in the order in which they need one another.

import { readFileSync, writeFileSync } from 'node:fs'
import { makeCertificate } from '#testing/servers/certificate.ts'
import { type Lab, listHosts, raiseRack } from '../net/lab.ts'
import { certificateFile, topologyFile, topologyText } from '../services/balancer.ts'
import { ownStore, seedMail } from '../services/dovecot.ts'
import { holderOf } from '../services/keepalived.ts'
import { keyRingFile, newKeyRing, paquebotCommand, prepareNode } from '../services/paquebot.ts'
import { until } from '../services/service.ts'
import { copyVersion } from '../services/version.ts'
import { type Cluster, type ClusterSettings, nodeOptions, openCluster, writeSettings } from './cluster.ts'
import { balancers, floating, hostsFile, mailHosts, memcachedHosts, nodes, redisHosts, webName } from './plan.ts'

const seedMailsEach = 20

/** `say` hears of each step with its time. */
export async function raiseCluster(lab: Lab, settings: ClusterSettings, say: (line: string) => void): Promise<Cluster> {
  if (listHosts(lab).size > 0) throw new Error(`lab ${lab.id} is up already; \`down\` ends it`)
  const started = performance.now()
  const step = (what: string) => say(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${what}`)
  try {
    await raiseRack(lab, hostsFile())
    writeSettings(lab, settings)
    const cluster = openCluster(lab, settings)
    await Promise.all(cluster.hostNames.map((name) => cluster.host(name).powerOn()))
    step(`${cluster.hostNames.length} hosts`)
    await Promise.all([
      startDatabase(cluster).then(() => step(`database: ${settings.database}`)),
      startAll(cluster, redisHosts).then(() => step('Redis, Sentinels')),
      startAll(cluster, memcachedHosts),
      startMail(cluster).then(() => step('Dovecot, Postfix')),
      startAll(cluster, ['s3']),
      prepareWeb(lab),
    ])
    await startWeb(cluster, step)
    return cluster
  } catch (error) {
    // The logs tell why; they stay where they are until the next `up` or `down`.
    throw new Error(`the lab did not come up; its logs are in ${lab.logDir}`, { cause: error })
  }
}

async function startAll(cluster: Cluster, names: readonly (typeof cluster.hostNames)[number][]): Promise<void> {
  await Promise.all(names.map((name) => cluster.startHost(name)))
}

async function startDatabase(cluster: Cluster): Promise<void> {
  const { database } = cluster
  if (database.startsTogether) await startAll(cluster, database.hosts)
  else for (const name of database.hosts) await cluster.startHost(name)
  await until(() => database.writer(cluster.hosts(database.hosts)), 'a writer')
}

async function startMail(cluster: Cluster): Promise<void> {
  const [first] = mailHosts
  seedMail(cluster.host(first), cluster.settings.people, seedMailsEach)
  await ownStore(cluster.host(first))
  await startAll(cluster, mailHosts)
  for (const address of [floating.imap, floating.smtp]) {
    await until(async () => {
      if (!(await holderOf(address, cluster.hosts(mailHosts)))) throw new Error(`nobody holds ${address}`)
    }, address)
  }
}

async function prepareWeb(lab: Lab): Promise<void> {
  copyVersion(lab)
  writeFileSync(topologyFile(lab), topologyText())
  writeFileSync(keyRingFile(lab), newKeyRing(), { mode: 0o600 })
  const { certPath, keyPath } = await makeCertificate(lab.stateDir)
  writeFileSync(certificateFile(lab), `${readFileSync(certPath, 'utf8')}${readFileSync(keyPath, 'utf8')}`, {
    mode: 0o600,
  })
}

async function startWeb(cluster: Cluster, step: (what: string) => void): Promise<void> {
  const [first] = nodes
  const host = cluster.host(first)
  await prepareNode(host, nodeOptions(cluster.lab, cluster.settings, cluster.database))
  await paquebotCommand(host, 'migrate', 'apply')
  step('migrated')
  await Promise.all([startAll(cluster, nodes), startAll(cluster, balancers)])
  await until(async () => {
    if (!(await holderOf(floating.web, cluster.hosts(balancers)))) throw new Error(`nobody holds ${floating.web}`)
    await cluster.host('people').exec(['curl', '-skf', '-m', '2', `https://${webName}/readyz`])
  }, `https://${webName}`)
  step('Paquebot, HAProxy, keepalived')
}

// The cluster in the lab: every host with what runs on it, by the settings that it was brought up with. Scenarios speak to hosts
// and services through this; what a host runs is known in one place, so that «start it again» is the same everywhere.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Host, openHost } from '../net/host.ts'
import type { Lab } from '../net/lab.ts'
import { balancerServices } from '../services/balancer.ts'
import type { Database } from '../services/database.ts'
import { mailServices } from '../services/mail.ts'
import { memcached } from '../services/memcached.ts'
import { keyRingFile, type NodeOptions, paquebot } from '../services/paquebot.ts'
import { redis, sentinel } from '../services/redis.ts'
import { s3 } from '../services/s3.ts'
import { type Service, untilServing } from '../services/service.ts'
import { versionFolder } from '../services/version.ts'
import { databases } from './databases.ts'
import {
  addressOf,
  balancers,
  type HostName,
  hostNumbers,
  mailHosts,
  memcachedHosts,
  nodes,
  redisHosts,
} from './plan.ts'

export interface ClusterSettings {
  readonly database: keyof typeof databases
  readonly sessions: 'redis' | 'memcached' | 'sql'
  readonly people: number
}

export const defaultSettings: ClusterSettings = { database: 'mariadb', sessions: 'redis', people: 100 }

export interface Cluster {
  readonly lab: Lab
  readonly settings: ClusterSettings
  readonly database: Database
  readonly hostNames: readonly HostName[]
  host(name: HostName): Host
  hosts(names: readonly HostName[]): readonly Host[]
  services(name: HostName): readonly Service[]
  /** One of a host's services, and what is wrong is told by its check. */
  startService(name: HostName, service: string): Promise<void>
  /** Boots the host if it is off, and starts everything on it that does not run. */
  startHost(name: HostName): Promise<void>
  /** After a scenario that broke off: boots, heals and starts again whatever does not serve. */
  makeWhole(): Promise<void>
  /** After a power cut: all database servers, in whatever order they need. */
  restartDatabase(): Promise<void>
}

const settingsFile = (lab: Lab) => join(lab.stateDir, 'settings.json')

export function openCluster(lab: Lab, settings: ClusterSettings): Cluster {
  const database = databases[settings.database]
  const hostNames = (Object.keys(hostNumbers) as HostName[]).filter(
    (name) => !name.startsWith('db') || database.hosts.includes(name),
  )
  const opened = new Map(hostNames.map((name) => [name, openHost(lab, name, addressOf(name))]))
  const host = (name: HostName): Host => {
    const found = opened.get(name)
    if (!found) throw new Error(`there is no ${name} in this topology`)
    return found
  }
  const services = (name: HostName): readonly Service[] => servicesOf(lab, name, settings, database)
  const mend = async (name: HostName) => {
    if (database.hosts.includes(name)) await database.mend?.(database.hosts.map(host))
  }
  return {
    lab,
    settings,
    database,
    hostNames,
    host,
    hosts: (names) => names.map(host),
    services,
    async startService(name, wanted) {
      const service = services(name).find((one) => one.name === wanted)
      if (!service) throw new Error(`there is no ${wanted} on ${name}`)
      await service.start(host(name))
      await untilServing(service, host(name))
      await mend(name)
    },
    async makeWhole() {
      for (const name of hostNames) {
        if (!host(name).isUp()) await host(name).powerOn()
        await host(name).heal()
        for (const service of services(name)) {
          const isWell = await service.check(host(name)).then(
            () => true,
            () => false,
          )
          if (isWell) continue
          await host(name).stop(service.name)
          await this.startService(name, service.name)
        }
      }
    },
    async restartDatabase() {
      const all = database.hosts.map(host)
      await Promise.all(all.map(async (one) => (one.isUp() ? undefined : await one.powerOn())))
      const order = await database.beforeRestart?.(all)
      if (order) for (const one of order) await this.startHost(one.name as HostName)
      else await Promise.all(database.hosts.map((name) => this.startHost(name)))
    },
    async startHost(name) {
      if (!host(name).isUp()) await host(name).powerOn()
      for (const service of services(name)) {
        if (await host(name).isRunning(service.name)) continue
        await service.start(host(name))
        await untilServing(service, host(name))
      }
      await mend(name)
    },
  }
}

function servicesOf(lab: Lab, name: HostName, settings: ClusterSettings, database: Database): readonly Service[] {
  if (database.hosts.includes(name)) return database.servicesOf(name)
  if (isOne(mailHosts, name)) return mailServices(name, settings.people)
  if (isOne(balancers, name)) return balancerServices(lab)
  if (isOne(nodes, name)) return [paquebot(nodeOptions(lab, settings, database))]
  if (isOne(memcachedHosts, name)) return [memcached]
  if (isOne(redisHosts, name)) {
    const primary = addressOf(redisHosts[0])
    return [redis(name === redisHosts[0] ? null : primary), sentinel(primary)]
  }
  if (name === 's3') return [s3]
  return []
}

export function nodeOptions(lab: Lab, settings: ClusterSettings, database: Database): NodeOptions {
  return { settings, database, keyRing: () => readFileSync(keyRingFile(lab), 'utf8'), folder: versionFolder(lab) }
}

const isOne = (names: readonly HostName[], name: HostName) => names.includes(name)

/** What the lab that is up was made of. */
export function readSettings(lab: Lab): ClusterSettings | undefined {
  const path = settingsFile(lab)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ClusterSettings) : undefined
}

export function writeSettings(lab: Lab, settings: ClusterSettings): void {
  writeFileSync(settingsFile(lab), JSON.stringify(settings))
}

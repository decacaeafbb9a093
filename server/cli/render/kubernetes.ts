// Kubernetes: a Deployment with as many nodes as the topology names, a Service, an Ingress, and a budget that keeps all but one of them up.
// Readiness takes a pod out of the Service, liveness restarts one that does not answer at all, and SIGTERM drains.

import { BadConfig } from '#config/load.ts'
import { type Plain, toYaml } from './to-yaml.ts'
import type { Topology } from './topology.ts'

export function renderKubernetes(topology: Topology): string {
  const { site, service, balance, nodes } = topology
  if (balance.proxyProtocol) {
    const what =
      '[balance] proxy_protocol: an Ingress does not send it; leave it out, the nodes are told by X-Forwarded-For'
    throw new BadConfig([{ where: 'topology', what }])
  }
  const port = nodes[0]?.port ?? 8080
  const labels = { 'app.kubernetes.io/name': 'paquebot' }
  const metadata = { name: 'paquebot', namespace: service.namespace, labels }
  const probe = (path: string, more: { readonly [name: string]: Plain }): Plain => ({
    httpGet: { path, port: 'http' },
    timeoutSeconds: 2,
    ...more,
  })
  const deployment: Plain = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: nodes.length,
      selector: { matchLabels: labels },
      // Never fewer than there are.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: Math.ceil(balance.drainTime / 1000),
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [
            {
              name: 'paquebot',
              image: service.image,
              args: ['serve', '--config', service.config],
              env: [
                { name: 'PAQUEBOT_HTTP_LISTEN', value: `0.0.0.0:${port}` },
                { name: 'PAQUEBOT_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'PAQUEBOT_NODE_ADDRESS', value: `$(POD_IP):${port}` },
              ],
              ports: [{ name: 'http', containerPort: port }],
              startupProbe: probe('/livez', { periodSeconds: 2, failureThreshold: 60 }),
              livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 3 }),
              readinessProbe: probe('/readyz', { periodSeconds: 1, failureThreshold: 2 }),
              resources: { requests: { cpu: '500m', memory: service.memory }, limits: { memory: service.memory } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'config', mountPath: folderOf(service.config), readOnly: true },
                { name: 'data', mountPath: service.data },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'config', secret: { secretName: 'paquebot' } },
            // Rebuildable alone: what must be kept is in the database and the blob store.
            { name: 'data', emptyDir: {} },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  }
  const serviceOf: Plain = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }
  const budget: Plain = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  }
  const host = new URL(site.baseUrl).hostname
  const stream = Math.ceil(balance.streamTimeout / 1000)
  const ingress: Plain = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadata,
      annotations: {
        'nginx.ingress.kubernetes.io/proxy-read-timeout': String(stream),
        'nginx.ingress.kubernetes.io/proxy-send-timeout': String(stream),
        'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
        'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
        'nginx.ingress.kubernetes.io/proxy-body-size': String(Math.ceil(balance.maxUpload * 1.02)),
        // A POST that a pod has got goes to no second one: no `non_idempotent`.
        'nginx.ingress.kubernetes.io/proxy-next-upstream': 'error timeout http_503',
        ...(balance.stickiness && {
          'nginx.ingress.kubernetes.io/upstream-hash-by': '$http_cookie$http_authorization',
        }),
      },
    },
    spec: {
      ...(site.certificate !== null && { tls: [{ hosts: [host], secretName: 'paquebot-tls' }] }),
      rules: [
        {
          host,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'paquebot', port: { name: 'http' } } } },
            ],
          },
        },
      ],
    },
  }
  const documents = [deployment, serviceOf, budget, ingress].map(toYaml)
  return `# Printed by \`paquebot render kubernetes\`: change the topology file, not this.\n${documents.join('---\n')}`
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

// The import law of ARCHITECTURE.md, checked by `npm run check`.
const room = (from, allowed, comment) => ({
  name: `walls-${from.replace(/[^a-z]+/g, '-')}`,
  severity: 'error',
  comment,
  from: { path: `^${from}/`, pathNot: '\\.(test|fuzz|live\\.test|contract)\\.ts$' },
  to: {
    path: '^(shared|server|web|testing|tests|bench|demo|scripts|plugin-api|plugins)/',
    pathNot: `^(${[from, ...allowed].join('|')})/`,
  },
})
const s = (name) => `server/${name}`
const domains = [
  'accounts',
  'sessions',
  'changes',
  'uploads',
  'mail',
  'submission',
  'filters',
  'settings',
  'images',
  'push',
  'nodes',
  'alerts',
  'snoozes',
  'unsubscribe',
]

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A screen loaded when it is needed is no cycle, nor is a type.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import', 'type-only'] } },
    },
    room('shared', []),
    room(s('core'), ['shared']),
    room(s('config'), [s('core')]),
    room('plugin-api', [], 'Types that stand by themselves: all that a plugin sees.'),
    room('plugins', ['plugin-api'], 'Each is written against plugin-api alone.'),
    room(s('plugins'), [s('core'), s('domain'), s('ports'), 'plugin-api', 'shared']),
    room(s('ports'), [s('core'), 'plugin-api', 'shared']),
    room(s('formats'), [s('core'), 'shared']),
    room(s('domain'), [s('core'), s('formats'), s('ports'), 'shared']),
    room(s('migrations'), [s('core')]),
    room(
      s('drivers'),
      [s('core'), s('ports'), s('formats'), 'shared'],
      'formats for drivers/imap, ADR 2026-11-22-rooms',
    ),
    room(s('http'), [s('core'), s('formats'), 'shared']),
    room(s('fronts'), [s('core'), s('http'), s('domain'), s('formats'), 'shared']),
    room(s('jobs'), [s('core'), s('ports'), s('domain')]),
    room('web', ['plugin-api', 'shared']),
    {
      name: 'fronts-are-sealed',
      severity: 'error',
      from: { path: '^server/fronts/([^/]+)/' },
      to: { path: '^server/fronts/', pathNot: '^server/fronts/$1/' },
    },
    {
      name: 'drivers-are-sealed',
      severity: 'error',
      from: { path: '^server/drivers/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^server/drivers/', pathNot: '^server/drivers/$1/' },
    },
    {
      name: 'domains-by-the-door',
      severity: 'error',
      comment: 'Another domain is reached by its index.ts alone.',
      from: { path: '^server/(domain/([^/]+)|fronts|jobs|plugins|boot|cli)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^server/domain/[^/]+/',
        pathNot: ['^server/domain/[^/]+/(index|types|tables)\\.ts$', '^server/domain/$2/'],
      },
    },
    {
      name: 'declared-domain-pairs',
      severity: 'error',
      comment: 'Who may know whom: see `pairs` below. Anything else needs a line here and an ADR.',
      from: { path: '^server/domain/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^server/domain/',
        pathNot: ['^server/domain/$1/'],
      },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(server|shared|web)/', pathNot: '\\.(test|fuzz|contract)\\.ts$' },
      to: { path: '^(testing|tests|bench|demo|lab|ui-test)/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^server/', pathNot: '\\.(test|fuzz|contract)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(node:|virtual:)' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.server.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json', '.css'],
    },
    exclude: { path: '(^|/)(web/dist|node_modules)/' },
  },
}
// The pairs that declared-domain-pairs lets through.
const pairs = {
  submission: ['changes', 'mail', 'settings'],
  snoozes: ['changes', 'mail'],
  mail: ['changes', 'uploads'],
  filters: ['uploads'],
  settings: ['changes', 'uploads'],
  sessions: ['accounts'],
  alerts: ['changes'],
}
const rule = module.exports.forbidden.find((entry) => entry.name === 'declared-domain-pairs')
module.exports.forbidden.splice(
  module.exports.forbidden.indexOf(rule),
  1,
  ...domains.map((name) => ({
    ...rule,
    name: `domain-${name}`,
    from: { path: `^server/domain/${name}/`, pathNot: '\\.test\\.ts$' },
    to: { path: '^server/domain/', pathNot: `^server/domain/(${[name, ...(pairs[name] ?? [])].join('|')})/` },
  })),
)

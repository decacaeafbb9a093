// All that a plugin may see of Paquebot: types, with a semantic version of their own (package.json beside this file). Nothing here
// exists at run time: `import type { Plugin } from 'paquebot/plugin-api'` is erased when Node strips the types.

export type * from './contract.ts'
export type * from './hooks.ts'
export type * from './mail.ts'
export type * from './plugin.ts'
export type * from './stores.ts'
export type * from './web.ts'

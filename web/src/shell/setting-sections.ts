/** Sections of the settings by their addresses, in their order: for whoever leads there without loading them. */
export const sectionNames = [
  'general',
  'identities',
  'vacation',
  'remote',
  'templates',
  'labels',
  'devices',
  'shortcuts',
] as const

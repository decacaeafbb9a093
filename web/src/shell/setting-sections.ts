/** Sections of the settings by their addresses, in their order: for whoever leads there without loading them. */
export const sectionNames = [
  'general',
  'identities',
  'filters',
  'forwarding',
  'blocked',
  'vacation',
  'remote',
  'templates',
  'labels',
  'devices',
  'shortcuts',
] as const

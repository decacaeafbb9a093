// Whose webmail this is: what the node wrote into index.html ([branding], docs/run/branding.md). Its colours are a style sheet there.

const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)
const logo = meta('paquebot-logo')

export const brand = {
  name: meta('application-name')?.content ?? '',
  /** Null: the ship. */
  logo: logo && { light: logo.content, dark: logo.dataset.dark ?? logo.content },
} as const

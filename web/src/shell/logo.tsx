// The operator's logo, which says the name as well; else the liner, two funnels over a hull, with the name beside it where
// there is room.

import { brand } from './brand.ts'
import styles from './logo.module.css'
import { useIsDark } from './use-is-dark.ts'

export function Logo({ size = 24, withName = false }: { size?: number; withName?: boolean }) {
  const isDark = useIsDark()
  if (brand.logo) {
    const src = isDark ? brand.logo.dark : brand.logo.light
    // A wordmark has less height for its letters than the ship for its hull.
    return <img className={styles.picture} style={{ maxBlockSize: size * 1.25 }} src={src} alt={brand.name} />
  }
  return (
    <>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
        <path d="M11 3.5h4.2l-.9 9.5H9.6zM18 3.5h4.2l-.9 9.500h-4.700z" fill="var(--brand)" />
        <path d="M10.700 6.200h4.250l.25-2.700H11zM17.700 6.200h4.250l.25-2.700H18z" fill="var(--ink)" />
        <path d="M7 14.500h18.500l1 4H7z" fill="var(--accent)" opacity="0.45" />
        <path
          d="M2.500 19.500h27c-.7 4.300-2.700 7.200-5.200 9H8.600c-3-1.700-5.200-4.700-6.100-9z"
          fill="var(--accent)"
        />
      </svg>
      {withName ? <span className={styles.name}>{brand.name}</span> : null}
    </>
  )
}

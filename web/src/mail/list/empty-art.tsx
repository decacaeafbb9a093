// Small drawings for lists with nothing in them: a calm sea for a folder, a lighthouse for a search, a cut cable for a fault.

const line = {
  fill: 'none',
  stroke: 'var(--line-strong)',
  strokeWidth: 2,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const

export function CalmSea() {
  return (
    <svg width="160" height="104" viewBox="0 0 160 104" aria-hidden>
      <circle cx="112" cy="40" r="16" fill="var(--accent-soft)" />
      <path d="M62 52h36l3 8H59z" fill="var(--accent)" opacity="0.35" />
      <path d="M68 36h9l-2 16h-9zM84 36h9l-2 16h-9z" fill="var(--brand)" opacity="0.8" />
      <path d="M46 61h72c-2 10-7 17-12 20H58c-6-4-10-11-12-20z" fill="var(--accent)" opacity="0.75" />
      <path {...line} d="M14 84c8 0 8-5 16-5s8 5 16 5 8-5 16-5 8 5 16 5 8-5 16-5 8 5 16 5 8-5 16-5 8 5 16 5" />
      <path {...line} opacity="0.5" d="M38 95c6 0 6-4 12-4s6 4 12 4 6-4 12-4 6 4 12 4 6-4 12-4 6 4 12 4" />
    </svg>
  )
}

export function Lighthouse() {
  return (
    <svg width="160" height="104" viewBox="0 0 160 104" aria-hidden>
      <path d="M84 30 150 12v30z" fill="var(--accent-soft)" />
      <path d="M72 40h18l5 44H67z" fill="var(--paper)" stroke="var(--line-strong)" strokeWidth="2" />
      <path d="M70.500 54h21l1.200 11H69.300z" fill="var(--brand)" opacity="0.85" />
      <path d="M73 24h16v13H73z" fill="var(--accent)" opacity="0.75" />
      <path {...line} d="M70 39h22M72 23l9-8 9 8" />
      <path {...line} d="M18 90c8 0 8-5 16-5s8 5 16 5 8-5 16-5 8 5 16 5 8-5 16-5 8 5 16 5 8-5 16-5" />
    </svg>
  )
}

export function CutCable() {
  return (
    <svg width="160" height="104" viewBox="0 0 160 104" aria-hidden>
      <path {...line} d="M10 56h44c8 0 10-6 14-10M150 56h-44c-8 0-10 6-14 10" />
      <path d="M66 40l10-7 6 9-10 7zM94 72l-10 7-6-9 10-7z" fill="var(--accent)" opacity="0.75" />
      <path {...line} stroke="var(--brand)" d="M86 44l4-9M92 50l9-4M74 68l-4 9M68 62l-9 4" />
    </svg>
  )
}

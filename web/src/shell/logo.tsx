// The liner: two funnels over a hull.

export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <path d="M11 3.5h4.2l-.9 9.5H9.6zM18 3.5h4.2l-.9 9.500h-4.700z" fill="var(--brand)" />
      <path d="M10.700 6.200h4.250l.25-2.700H11zM17.700 6.200h4.250l.25-2.700H18z" fill="var(--ink)" />
      <path d="M7 14.500h18.500l1 4H7z" fill="var(--accent)" opacity="0.45" />
      <path
        d="M2.500 19.500h27c-.7 4.300-2.700 7.200-5.200 9H8.600c-3-1.700-5.200-4.700-6.100-9z"
        fill="var(--accent)"
      />
    </svg>
  )
}

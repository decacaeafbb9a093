// A person as initials on a colour that is always the same for the same address. A picture, not text: the initials come from
// the stylesheet, so that no reading aloud and no copying has them.

import styles from './avatar.module.css'

export interface AvatarProps {
  readonly name: string | null
  readonly email: string
  readonly size?: 'small' | 'normal' | 'large'
}

export function Avatar({ name, email, size = 'normal' }: AvatarProps) {
  return (
    <span
      data-hue
      className={`${styles.avatar} ${styles[size]}`}
      style={{ '--hue': hueOf(email) } as React.CSSProperties}
      aria-hidden
      data-initials={initialsOf(name || email)}
    />
  )
}

/** 12 hues, far enough apart to tell people from one another. */
export function hueOf(text: string): number {
  let hash = 7
  for (const char of text.toLowerCase()) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0
  return (hash % 12) * 30 + 10
}

/** One letter for one word, first and last for more; by grapheme, so that no script is cut in half. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/@.*$/, '')
    .split(/[\s._-]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words
  return picked.map((word) => firstLetter(word ?? '')).join('')
}

function firstLetter(word: string): string {
  const letters = word.replace(/^[^\p{L}\p{N}]+/u, '')
  return (/^\P{M}\p{M}*/u.exec(letters)?.[0] ?? '').toLocaleUpperCase()
}

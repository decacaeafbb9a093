// People in a message's head: by name, with the address beside it whenever the name could deceive.

import type { EmailAddress } from '#shared/jmap/mail.ts'
import { compose } from '../../shell/composer.ts'
import { nameHidesAddress, visibleAddress, visibleText } from '../sanitize/visible-text.ts'
import styles from './addresses.module.css'

/** The name to call somebody by: never one that pretends to be another address. */
export function displayName({ name, email }: EmailAddress): string {
  const shown = visibleText(name ?? '')
  return shown === '' || nameHidesAddress(shown, email) ? visibleAddress(email) : shown
}

export function AddressChips({
  addresses,
  label,
}: {
  readonly addresses: readonly EmailAddress[]
  readonly label: string
}) {
  return (
    <ul className={styles.chips} aria-label={label}>
      {addresses.slice(0, maxShown).map((address, at) => {
        const name = displayName(address)
        const email = visibleAddress(address.email)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same address may stand there twice
          <li key={at}>
            <button
              type="button"
              className={styles.chip}
              title={email}
              onClick={() => compose({ kind: 'new', to: address.email })}
            >
              <bdi>{name}</bdi>
              {name === email ? null : <bdi className={styles.email}>{email}</bdi>}
            </button>
          </li>
        )
      })}
      {addresses.length > maxShown ? <li className={styles.more}>+{addresses.length - maxShown}</li> : null}
    </ul>
  )
}

const maxShown = 50

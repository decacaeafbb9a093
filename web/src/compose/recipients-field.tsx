// A line of recipients: each a chip, completed from past mail while it is typed. A combobox by the ARIA pattern: arrows choose,
// Enter, Tab or a comma take, Backspace in an empty field takes the last one back.

import { X } from 'lucide-react'
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useMemo, useRef, useState } from 'react'
import type { EmailAddress } from '#shared/jmap/mail.ts'
import { displayName } from '../mail/read/addresses.tsx'
import { visibleAddress } from '../mail/sanitize/visible-text.ts'
import { useText } from '../shell/i18n.ts'
import { likelyTypo } from './likely-typo.ts'
import { isAddress, parseAddresses } from './parse-addresses.ts'
import styles from './recipients-field.module.css'
import { type Known, suggest } from './suggest-recipients.ts'

export interface RecipientsHandle {
  focus(): void
  /** Takes what stands there half typed; the list with it. */
  commit(): readonly EmailAddress[]
}

export interface RecipientsFieldProps {
  readonly label: string
  readonly addresses: readonly EmailAddress[]
  readonly people: readonly Known[]
  readonly onChange: (addresses: readonly EmailAddress[]) => void
  readonly autoFocus?: boolean
  readonly trailing?: React.ReactNode
  readonly ref?: Ref<RecipientsHandle>
}

export function RecipientsField(props: RecipientsFieldProps) {
  const { label, addresses, people, onChange, autoFocus, trailing, ref } = props
  const t = useText('compose')
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const taken = new Set(addresses.map(({ email }) => email.toLowerCase()))
  const typos = useMemo(
    () =>
      addresses.flatMap((address) => {
        const meant = likelyTypo(address.email, people)
        return meant === null ? [] : [{ address, meant }]
      }),
    [addresses, people],
  )
  const suggestions = isOpen ? suggest(people, typed, taken) : []
  const isExpanded = suggestions.length > 0

  const add = (more: readonly EmailAddress[]) => {
    const fresh = more.filter(({ email }) => !taken.has(email.toLowerCase()))
    // A suggestion knows more of a person than a message may say.
    const next = [...addresses, ...fresh.map(({ name, email }) => ({ name, email }))]
    setTyped('')
    setActive(0)
    setOpen(false)
    if (next.length !== addresses.length) onChange(next)
    return next
  }
  const commit = () => (typed.trim() === '' ? addresses : add(parseAddresses(typed)))
  useImperativeHandle(ref, () => ({ focus: () => input.current?.focus(), commit }))

  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = suggestions[active]
    if (event.key === 'ArrowDown' && isExpanded) setActive((active + 1) % suggestions.length)
    else if (event.key === 'ArrowUp' && isExpanded) setActive((active + suggestions.length - 1) % suggestions.length)
    else if (event.key === 'Escape' && isExpanded) {
      setOpen(false)
      event.stopPropagation()
    } else if ((event.key === 'Enter' || event.key === 'Tab') && !event.ctrlKey && !event.metaKey && chosen)
      add([chosen])
    else if (
      (event.key === 'Enter' || event.key === ',' || event.key === ';') &&
      !event.ctrlKey &&
      !event.metaKey &&
      typed.trim() !== ''
    )
      commit()
    else if (event.key === 'Backspace' && typed === '' && addresses.length > 0) onChange(addresses.slice(0, -1))
    else return
    event.preventDefault()
  }

  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.chips}>
        {addresses.map((address) => (
          <span
            key={address.email}
            className={`${styles.chip} ${isAddress(address.email) ? '' : styles.invalid}`}
            title={isAddress(address.email) ? visibleAddress(address.email) : t('notAnAddress')}
          >
            <bdi>{displayName(address)}</bdi>
            <button
              type="button"
              tabIndex={-1}
              aria-label={t('removeRecipient', { name: displayName(address) })}
              onClick={() => {
                onChange(addresses.filter((one) => one !== address))
                input.current?.focus()
              }}
            >
              <X size={13} aria-hidden />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={id}
          className={styles.input}
          dir="auto"
          type="text"
          inputMode="email"
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: a message that was just begun is begun with its recipient
          autoFocus={autoFocus}
          value={typed}
          role="combobox"
          aria-expanded={isExpanded}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isExpanded ? `${id}-${active}` : undefined}
          onChange={(event) => {
            setTyped(event.target.value)
            setActive(0)
            setOpen(true)
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData('text/plain')
            if (!/[,;\n]/.test(pasted)) return
            event.preventDefault()
            add(parseAddresses(pasted))
          }}
          onBlur={() => commit()}
        />
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label={t('suggestions')}
          className={styles.list}
          hidden={!isExpanded}
        >
          {suggestions.map((person, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys, by the combobox pattern
            <div
              key={person.email}
              id={`${id}-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === active}
              className={styles.option}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => add([person])}
            >
              <bdi>{displayName(person)}</bdi>
              {person.name ? <bdi className={styles.email}>{visibleAddress(person.email)}</bdi> : null}
            </div>
          ))}
        </div>
      </div>
      {trailing}
      {typos.map(({ address, meant }) => (
        <p key={address.email} className={styles.typo} role="status">
          <button
            type="button"
            onClick={() => {
              onChange(addresses.map((one) => (one === address ? { ...address, email: meant } : one)))
              input.current?.focus()
            }}
          >
            {t('didYouMean', { address: meant })}
          </button>
        </p>
      ))}
    </div>
  )
}

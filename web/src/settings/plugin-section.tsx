// What a plugin lets people choose: drawn from its manifest, kept under `plugin-NAME` (JMAP Settings), where its server part reads it.

import { useEffect, useState } from 'react'
import type { Field } from '#plugin-api/web.ts'
import { inWords, type Part } from '../plugins/places.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { Select } from '../ui/select.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { Switch } from '../ui/switch.tsx'
import { TextField } from '../ui/text-field.tsx'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { throwRefusal, useSaving } from './use-saving.ts'

type Values = Readonly<Record<string, unknown>>

export function PluginSection({ part }: { readonly part: Part<'settings'> }) {
  const t = useText('settings')
  const { client, accountId } = useStore()
  const id = `plugin-${part.name}`
  const { text, fields } = part.declared
  const [values, setValues] = useState<Values | null>(null)
  const { state, run, read, reset } = useSaving()
  useEffect(() => {
    void read(async () => {
      const { list } = await client.call('Settings/get', { accountId, ids: [id] })
      setValues(list[0]?.value ?? {})
    })
  }, [client, accountId, id, read])

  if (!values)
    return typeof state === 'object' ? (
      <p className={styles.error} role="alert">
        {state.error}
      </p>
    ) : (
      <Spinner label={t('loading')} />
    )
  const names = Object.keys(fields)
  return (
    <form
      className={styles.group}
      onSubmit={(event) => {
        event.preventDefault()
        void run(async () => {
          // By path: what another version of the plugin keeps beside them stays.
          const patch = Object.fromEntries(names.map((name) => [`value/${name}`, chosen(values, name, fields[name]!)]))
          throwRefusal((await client.call('Settings/set', { accountId, update: { [id]: patch } })).notUpdated)
        })
      }}
    >
      {text ? <p>{inWords(text)}</p> : null}
      {names.map((name) => (
        <FieldRow
          key={name}
          field={fields[name]!}
          value={chosen(values, name, fields[name]!)}
          onChange={(value) => {
            reset()
            setValues({ ...values, [name]: value })
          }}
        />
      ))}
      <div className={styles.buttons}>
        <Button type="submit" tone="primary">
          {t('save')}
        </Button>
      </div>
      <Outcome state={state} />
    </form>
  )
}

/** What was chosen, as long as it fits the field as it is today. */
function chosen(values: Values, name: string, field: Field): string | boolean {
  const value = values[name]
  if (field.type === 'choice')
    return typeof value === 'string' && Object.hasOwn(field.choices, value) ? value : field.default
  return typeof value === typeof field.default ? (value as string | boolean) : field.default
}

interface FieldRowProps {
  readonly field: Field
  readonly value: string | boolean
  readonly onChange: (value: string | boolean) => void
}

function FieldRow({ field, value, onChange }: FieldRowProps) {
  const label = inWords(field.label)
  if (field.type === 'choice') {
    const options = Object.entries(field.choices).map(([id, words]) => ({ id, label: inWords(words) }))
    return <Select label={label} options={options} value={String(value)} onChange={onChange} />
  }
  const help = field.help ? inWords(field.help) : null
  if (field.type === 'text')
    return <TextField label={label} description={help} value={String(value)} onChange={onChange} />
  return (
    <Switch isSelected={value === true} onChange={onChange} description={help}>
      {label}
    </Switch>
  )
}

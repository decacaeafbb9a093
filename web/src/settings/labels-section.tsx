// The labels that there are, and new ones. A label is a keyword on the messages themselves: any mail program sees it.

import { useState } from 'react'
import { keywordFor } from '../mail/actions/label-keyword.ts'
import { keepLabel, useLabels } from '../mail/actions/labels.ts'
import { visibleText } from '../mail/sanitize/visible-text.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/text-field.tsx'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { useSaving } from './use-saving.ts'

export function LabelsSection() {
  const t = useText('settings')
  const labels = useLabels()
  const { client } = useStore()
  const { state, run } = useSaving()
  const [name, setName] = useState('')
  const keyword = keywordFor(name)
  return (
    <section className={styles.group}>
      <p className={styles.hint}>{t('labelsText')}</p>
      <ul className={styles.list}>
        {labels.map((label) => (
          <li key={label.keyword} className={styles.row}>
            <span className={styles.dot} style={{ '--hue': label.hue } as React.CSSProperties} />
            <span className={styles.words}>{visibleText(label.name)}</span>
          </li>
        ))}
      </ul>
      <form
        className={styles.row}
        onSubmit={(event) => {
          event.preventDefault()
          if (keyword === '') return
          void run(async () => void (await keepLabel(client, name))).then((isDone) => isDone && setName(''))
        }}
      >
        <span className={styles.words}>
          <TextField
            label={t('newLabel')}
            value={name}
            onChange={setName}
            error={name !== '' && keyword === '' ? t('badLabel') : undefined}
          />
        </span>
        <Button type="submit" isDisabled={keyword === ''}>
          {t('add')}
        </Button>
      </form>
      <Outcome state={state} />
    </section>
  )
}

// Texts kept for messages to come.

import { useCallback, useEffect, useState } from 'react'
import type { Template } from '#shared/jmap/settings.ts'
import { textToHtml } from '../compose/draft-email.ts'
import { visibleText } from '../mail/sanitize/visible-text.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { TextField } from '../ui/text-field.tsx'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { throwRefusal, useSaving } from './use-saving.ts'

type Edited = Pick<Template, 'name' | 'subject' | 'textBody'> & { readonly id: string | null }

export function TemplatesSection() {
  const t = useText('settings')
  const { client, accountId } = useStore()
  const [templates, setTemplates] = useState<readonly Template[] | null>(null)
  const [edited, setEdited] = useState<Edited | null>(null)
  const { state, run, read } = useSaving()
  const load = useCallback(async () => {
    const { list } = await client.call('Template/get', { accountId })
    setTemplates(list)
  }, [client, accountId])
  useEffect(() => {
    void read(load)
  }, [load, read])

  const save = async ({ id, ...values }: Edited) => {
    const template = { ...values, htmlBody: textToHtml(values.textBody) }
    const isDone = await run(async () => {
      const answer = await client.call(
        'Template/set',
        id === null ? { accountId, create: { new: template } } : { accountId, update: { [id]: template } },
      )
      throwRefusal(answer.notCreated)
      throwRefusal(answer.notUpdated)
      await load()
    })
    if (isDone) setEdited(null)
  }

  if (!templates) return typeof state === 'object' ? <Outcome state={state} /> : <Spinner label={t('loading')} />
  return (
    <section className={styles.group}>
      <p className={styles.hint}>{t('templatesText')}</p>
      <ul className={styles.list}>
        {templates.map((template) => (
          <li key={template.id} className={styles.row}>
            <span className={styles.words}>
              <strong>{visibleText(template.name)}</strong>
              <span className={styles.hint}>{visibleText(template.subject ?? '')}</span>
            </span>
            <Button size="small" onPress={() => setEdited(template)}>
              {t('edit')}
            </Button>
            <Button
              size="small"
              tone="quiet"
              onPress={() =>
                void run(async () => {
                  throwRefusal((await client.call('Template/set', { accountId, destroy: [template.id] })).notDestroyed)
                  await load()
                })
              }
            >
              {t('delete')}
            </Button>
          </li>
        ))}
      </ul>
      {edited ? (
        <form
          className={styles.group}
          onSubmit={(event) => {
            event.preventDefault()
            void save({ id: edited.id, name: edited.name, subject: edited.subject, textBody: edited.textBody })
          }}
        >
          <TextField
            label={t('name')}
            value={edited.name}
            onChange={(name) => setEdited({ ...edited, name })}
            isRequired
            autoFocus
          />
          <TextField
            label={t('subject')}
            value={edited.subject ?? ''}
            onChange={(subject) => setEdited({ ...edited, subject })}
          />
          <TextField
            label={t('text')}
            rows={8}
            value={edited.textBody}
            onChange={(textBody) => setEdited({ ...edited, textBody })}
          />
          <div className={styles.buttons}>
            <Button type="submit" tone="primary">
              {t('save')}
            </Button>
            <Button onPress={() => setEdited(null)}>{t('cancel')}</Button>
          </div>
        </form>
      ) : (
        <div className={styles.buttons}>
          <Button onPress={() => setEdited({ id: null, name: '', subject: '', textBody: '' })}>
            {t('newTemplate')}
          </Button>
        </div>
      )}
      <Outcome state={state} />
    </section>
  )
}

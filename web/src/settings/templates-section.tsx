// Texts kept for messages to come.

import { lazy, Suspense, useCallback, useEffect, useState } from 'react'
import type { Template } from '#shared/jmap/settings.ts'
import { textToHtml } from '../compose/draft-email.ts'
import { htmlStringToText } from '../compose/html-to-text.ts'
import { sanitizedBody } from '../compose/quote-html.ts'
import { visibleText } from '../mail/sanitize/visible-text.ts'
import { loadStrings, useText } from '../shell/i18n.ts'
import { patiently } from '../shell/patiently.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { TextField } from '../ui/text-field.tsx'
import { createTemplate } from './create-listed.ts'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { throwRefusal, useSaving } from './use-saving.ts'

/** The editor of the composer and its words, for texts with formatting. */
const RichEditor = lazy(async () => {
  const [module] = await patiently(() => Promise.all([import('../compose/rich-editor.tsx'), loadStrings('compose')]))
  return module
})
const noPicture = () => undefined
const noFiles = () => false

type Edited = Pick<Template, 'name' | 'subject' | 'textBody' | 'htmlBody'> & { readonly id: string | null }

/** Plain texts made here have the HTML that is made of them, and no more. */
const isRich = ({ textBody, htmlBody }: Pick<Template, 'textBody' | 'htmlBody'>) =>
  htmlBody !== '' && htmlBody !== textToHtml(textBody)

export function TemplatesSection() {
  const t = useText('settings')
  const { client, accountId } = useStore()
  const [templates, setTemplates] = useState<readonly Template[] | null>(null)
  const [edited, setEdited] = useState<Edited | null>(null)
  // While it is edited its kind stays, whatever is left of its formatting.
  const [wasRich, setWasRich] = useState(false)
  const { state, run, read } = useSaving()
  const load = useCallback(async () => {
    const { list } = await client.call('Template/get', { accountId })
    setTemplates(list)
  }, [client, accountId])
  useEffect(() => {
    void read(load)
  }, [load, read])

  const save = async ({ id, name, subject, textBody, htmlBody }: Edited) => {
    const body = wasRich
      ? { htmlBody, textBody: htmlStringToText(htmlBody) }
      : { textBody, htmlBody: textToHtml(textBody) }
    const template = { name, subject, ...body }
    const isDone = await run(async () => {
      if (id === null) {
        await createTemplate(client, templates ?? [], template)
      } else {
        throwRefusal((await client.call('Template/set', { accountId, update: { [id]: template } })).notUpdated)
      }
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
            <Button
              size="small"
              onPress={() => {
                const rich = isRich(template)
                setWasRich(rich)
                setEdited(rich ? { ...template, htmlBody: sanitizedBody(template.htmlBody).html } : template)
              }}
            >
              {t('edit')}
            </Button>
            <Button
              size="small"
              tone="quiet"
              onPress={() =>
                void run(async () => {
                  throwRefusal(
                    (await client.call('Template/set', { accountId, destroy: [template.id] })).notDestroyed,
                    'notFound',
                  )
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
            void save(edited)
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
          {wasRich ? (
            <Suspense fallback={<Spinner label={t('loading')} />}>
              <RichEditor
                key={edited.id}
                html={edited.htmlBody}
                label={t('text')}
                urlOf={noPicture}
                onChange={(htmlBody) => setEdited((now) => now && { ...now, htmlBody })}
                onFiles={noFiles}
                isFocusedAtStart={false}
              />
            </Suspense>
          ) : (
            <TextField
              label={t('text')}
              rows={8}
              value={edited.textBody}
              onChange={(textBody) => setEdited({ ...edited, textBody })}
            />
          )}
          <div className={styles.buttons}>
            <Button type="submit" tone="primary">
              {t('save')}
            </Button>
            <Button onPress={() => setEdited(null)}>{t('cancel')}</Button>
          </div>
        </form>
      ) : (
        <div className={styles.buttons}>
          <Button
            onPress={() => {
              setWasRich(false)
              setEdited({ id: null, name: '', subject: '', textBody: '', htmlBody: '' })
            }}
          >
            {t('newTemplate')}
          </Button>
        </div>
      )}
      <Outcome state={state} />
    </section>
  )
}

// The window in which a message is written: docked at the foot of the page, over all of it when expanded or on a phone.

import { CalendarClock, ChevronDown, Send, Trash2 } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import type { SendQuestion } from '#plugin-api/web.ts'
import type { Identity } from '#shared/jmap/submission.ts'
import { visibleText } from '../mail/sanitize/visible-text.ts'
import { useText } from '../shell/i18n.ts'
import { patiently } from '../shell/patiently.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu, type MenuEntry } from '../ui/menu.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { AttachButton } from './attach-button.tsx'
import { AttachmentTray } from './attachment-tray.tsx'
import styles from './composer.module.css'
import { ComposerTitle } from './composer-title.tsx'
import type { Draft, DraftAttachment } from './draft.ts'
import { shows, textToHtml } from './draft-email.ts'
import { htmlStringToText } from './html-to-text.ts'
import { MoreMenu } from './more-menu.tsx'
import { NameBar } from './name-bar.tsx'
import { signatureHtml, signatureText } from './open-draft.ts'
import { type Asker, asksOfFiles, draftToSend, questionOfPlugins } from './plugin-questions.ts'
import { PluginTools } from './plugin-tools.tsx'
import { QuotePreview } from './quote-preview.tsx'
import { RecipientsField, type RecipientsHandle } from './recipients-field.tsx'
import type { RichEditorHandle } from './rich-editor.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { offersDeliveryStatus } from './send-draft.ts'
import { promisesAttachment } from './start-draft.ts'
import { type Known, knownPeople } from './suggest-recipients.ts'
import { useComposer } from './use-composer.ts'

const RichEditor = lazy(() => patiently(() => import('./rich-editor.tsx')))

export interface ComposerProps {
  readonly initial: Draft
  readonly emailId: string | null
  /** Found in this browser: the server has never seen it. */
  readonly isRestored: boolean
  readonly identities: readonly Identity[]
  readonly isMinimized: boolean
  readonly onMinimize: (isMinimized: boolean) => void
  readonly onEnd: () => void
  readonly onNamed: (identity: Identity) => void
}

export function Composer(props: ComposerProps) {
  const { initial, emailId, isRestored, identities, isMinimized, onMinimize, onEnd, onNamed } = props
  const t = useText('compose')
  const store = useStore()
  const composer = useComposer(initial, emailId, identities)
  const { draft, change, state, keeper, uploads, attach, urlOf } = composer
  const [isExpanded, setExpanded] = useState(false)
  const [asked, setAsked] = useState({ cc: false, bcc: false, replyTo: false })
  const [people, setPeople] = useState<readonly Known[]>([])
  const [phase, setPhase] = useState<'writing' | 'sending'>('writing')
  const [problem, setProblem] = useState<string | null>(null)
  const [asks, setAsks] = useState<(SendQuestion & { readonly by: Asker; readonly sendAt: Date | null }) | null>(null)
  const [isScheduling, setScheduling] = useState(false)
  const editor = useRef<RichEditorHandle>(null)
  const to = useRef<RecipientsHandle>(null)
  const others = useRef<RecipientsHandle[]>([])
  const plain = useRef<HTMLTextAreaElement>(null)
  const identity = composer.identityOf(draft)
  /** Nobody is written to by a field that is not seen. */
  const isShown = (field: 'cc' | 'bcc' | 'replyTo') => asked[field] || draft[field].length > 0

  useEffect(() => {
    if (isRestored) change({})
  }, [isRestored, change])
  useEffect(() => {
    // Without them one types addresses in full.
    knownPeople(store).then(setPeople, () => {})
  }, [store])

  const takeFiles = (files: readonly File[], isInline: boolean): boolean => {
    for (const file of files) {
      const cid = isInline && draft.format === 'html' ? `${crypto.randomUUID()}@inline` : null
      void attach(file, cid, ({ name }) => {
        const src = cid === null ? undefined : urlOf(cid)
        if (cid !== null && src !== undefined) editor.current?.insertImage({ src, cid, alt: name })
      })
    }
    return true
  }

  const givenToPlugins = () =>
    draftToSend(draft, draft.format === 'html' ? htmlStringToText(draft.html) : draft.text, uploads.length)

  /** `answered`: whose question has just been answered with «send all the same». */
  const send = async (sendAt: Date | null, answered: Asker | null = null) => {
    for (const field of [to.current, ...others.current]) field?.commit()
    const hindrance = composer.check()
    if (hindrance) {
      setProblem(t(`cannotSend.${hindrance}`))
      if (hindrance === 'noRecipients' || hindrance === 'badRecipients') to.current?.focus()
      return
    }
    const given = givenToPlugins()
    const isPromised = !asksOfFiles(store.client) && promisesAttachment(`${draft.subject}\n${given.text}`)
    const ask = (kind: 'forgottenAttachment' | 'forgottenSubject') =>
      setAsks({ by: 'us', sendAt, title: t(kind), text: t(`${kind}Text`), confirm: t('sendAnyway') })
    if (!answered && given.files === 0 && isPromised) return ask('forgottenAttachment')
    if (!answered && draft.subject.trim() === '') return ask('forgottenSubject')
    if (answered !== 'plugin') {
      const question = await questionOfPlugins(store.client, given)
      if (question) return setAsks({ ...question, by: 'plugin', sendAt })
    }
    setAsks(null)
    setProblem(null)
    setPhase('sending')
    try {
      await composer.send(sendAt)
      onEnd()
    } catch (error) {
      const { type, text } = composer.sendProblem(error)
      setPhase('writing')
      const key = `sendFailed.${type}`
      const told = t(key)
      setProblem(
        `${told === key ? t('sendFailed.other') : told}${text && text !== type ? ` (${visibleText(text)})` : ''}`,
      )
    }
  }

  const close = () => {
    keeper.close().then(
      () => store.refresh(),
      () => store.undo.push({ text: 'compose:keptHere', kind: 'error' }),
    )
    onEnd()
  }
  const discard = () => {
    keeper.discard().then(
      () => store.refresh(),
      () => store.undo.push({ text: 'compose:discardFailed', kind: 'error' }),
    )
    onEnd()
  }

  const chooseIdentity = (next: Identity) => {
    const before = signatureText(identity)
    const exchange = (field: 'bcc' | 'replyTo') => [
      ...draft[field].filter(({ email }) => !identity?.[field]?.some((one) => one.email === email)),
      ...(next[field] ?? []),
    ]
    change({
      identityId: next.id,
      replyTo: exchange('replyTo'),
      bcc: exchange('bcc'),
      text: before === '' ? draft.text + signatureText(next) : draft.text.replace(before, () => signatureText(next)),
    })
    editor.current?.replaceSignature(signatureHtml(next))
  }

  const toPlain = () => {
    const quote = draft.quote
      ? `\n\n${draft.quote.intro}\n${htmlStringToText(`<blockquote>${draft.quote.html}</blockquote>`)}`
      : ''
    // Pictures become files; those that are only quoted stay with their message.
    const kept = `${draft.html}${draft.quote?.kind === 'forward' ? draft.quote.html : ''}`
    const attachments = draft.attachments
      .filter(({ cid }) => cid === null || shows(kept, cid))
      .map((one) => ({ ...one, cid: null }))
    change({ format: 'plain', text: `${htmlStringToText(draft.html)}${quote}`, quote: null, attachments })
  }
  const toHtml = () => change({ format: 'html', html: textToHtml(draft.text) })
  const editQuote = () => {
    if (!draft.quote) return
    const intro = textToHtml(draft.quote.intro)
    const quoted = draft.quote.kind === 'reply' ? `<blockquote>${draft.quote.html}</blockquote>` : draft.quote.html
    // The editor is made anew with all of it: what its schema does not know (tables, colours) is lost, as was chosen.
    change({ html: `${draft.html}${intro}${quoted}`, quote: null })
  }

  const window = useRef<HTMLElement>(null)
  /** A menu that has just closed gives the focus back a moment later: then it is the one message that is open. */
  const isMine = () => {
    const { activeElement, body } = document
    if (activeElement === body) return document.querySelectorAll('section[role="dialog"]').length === 1
    return window.current?.contains(activeElement) ?? false
  }
  const group = t('shortcuts')
  useShortcuts([
    {
      id: `send.${initial.messageId}`,
      keys: ['Mod+Enter'],
      label: t('send'),
      group,
      run: () => (isMine() ? void send(null) : false),
    },
  ])

  const title = visibleText(draft.subject) || t('newMessage')
  const entries: MenuEntry[] = [
    {
      id: 'schedule',
      label: t('scheduleTitle'),
      icon: <CalendarClock size={16} />,
      onAction: () => setScheduling(true),
    },
    { kind: 'separator', id: 's1' },
    {
      id: 'format',
      label: t(draft.format === 'html' ? 'toPlain' : 'toHtml'),
      onAction: draft.format === 'html' ? toPlain : toHtml,
    },
    ...(['high', 'low'] as const).map((priority) => ({
      id: priority,
      label: t(`priority.${priority}`),
      isChecked: draft.priority === priority,
      onAction: () => change({ priority: draft.priority === priority ? 'normal' : priority }),
    })),
    {
      id: 'receipt',
      label: t('wantsReceipt'),
      isChecked: draft.wantsReceipt,
      onAction: () => change({ wantsReceipt: !draft.wantsReceipt }),
    },
    ...(offersDeliveryStatus(store.client)
      ? [
          {
            id: 'dsn',
            label: t('wantsDeliveryStatus'),
            isChecked: draft.wantsDeliveryStatus,
            onAction: () => change({ wantsDeliveryStatus: !draft.wantsDeliveryStatus }),
          },
        ]
      : []),
    {
      id: 'reply-to',
      label: t('setReplyTo'),
      isChecked: isShown('replyTo'),
      onAction: () => setAsked({ ...asked, replyTo: true }),
    },
    { kind: 'separator', id: 's2' },
  ]

  return (
    <section
      ref={window}
      className={`${styles.window} ${isExpanded ? styles.expanded : ''} ${isMinimized ? styles.minimized : ''}`}
      role="dialog"
      aria-label={title}
      onKeyDownCapture={(event) => {
        // Before the editor, to which it is a line break.
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        event.stopPropagation()
        void send(null)
      }}
      onKeyDown={(event) => {
        // The editor takes Escape for itself and does nothing with it; a menu or a dialog that takes it has closed.
        const isText = (event.target as HTMLElement).isContentEditable
        if (event.key !== 'Escape' || (event.defaultPrevented && !isText)) return
        event.stopPropagation()
        onMinimize(true)
      }}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes('Files')) event.preventDefault()
      }}
      onDrop={(event) => {
        if (event.defaultPrevented || event.dataTransfer.files.length === 0) return
        event.preventDefault()
        takeFiles([...event.dataTransfer.files], false)
      }}
    >
      <ComposerTitle
        title={title}
        state={state}
        isMinimized={isMinimized}
        isExpanded={isExpanded}
        onMinimize={onMinimize}
        onExpand={setExpanded}
        onClose={close}
      />
      <div className={styles.inside} hidden={isMinimized}>
        {state.kind === 'conflict' ? (
          <div className={styles.alert} role="alert">
            <span>{t('conflict')}</span>
            <Button size="small" onPress={keeper.keepMine}>
              {t('keepBoth')}
            </Button>
            <Button size="small" tone="quiet" onPress={discardMine}>
              {t('dropMine')}
            </Button>
          </div>
        ) : composer.isElsewhere ? (
          <div className={styles.note} role="note">
            {t('openElsewhere')}
          </div>
        ) : null}
        {problem ? (
          <div className={styles.alert} role="alert">
            {problem}
          </div>
        ) : null}
        <NameBar identity={identity} onNamed={onNamed} />
        <div className={styles.fields}>
          <RecipientsField
            ref={to}
            label={t('to')}
            addresses={draft.to}
            people={people}
            onChange={(addresses) => change({ to: addresses })}
            autoFocus={initial.to.length === 0}
            trailing={
              <span className={styles.more}>
                {isShown('cc') ? null : (
                  <button type="button" onClick={() => setAsked({ ...asked, cc: true })}>
                    {t('cc')}
                  </button>
                )}
                {isShown('bcc') ? null : (
                  <button type="button" onClick={() => setAsked({ ...asked, bcc: true })}>
                    {t('bcc')}
                  </button>
                )}
              </span>
            }
          />
          {(['cc', 'bcc', 'replyTo'] as const).map((field, at) =>
            isShown(field) ? (
              <RecipientsField
                key={field}
                ref={(handle) => {
                  if (handle) others.current[at] = handle
                }}
                label={t(field)}
                addresses={draft[field]}
                people={people}
                onChange={(addresses) => {
                  // Emptied by hand, it stays to be filled.
                  setAsked({ ...asked, [field]: true })
                  change({ [field]: addresses })
                }}
              />
            ) : null,
          )}
          {identities.length > 1 ? (
            <div className={styles.from}>
              <span>{t('from')}</span>
              <Menu
                label={t('from')}
                entries={identities.map((one) => ({
                  id: one.id,
                  label: `${one.name} <${one.email}>`,
                  isChecked: one.id === identity?.id,
                  onAction: () => chooseIdentity(one),
                }))}
                trigger={
                  <Button size="small" tone="quiet" icon={<ChevronDown size={14} aria-hidden />}>
                    {identity ? `${identity.name} <${identity.email}>` : ''}
                  </Button>
                }
              />
            </div>
          ) : null}
          <input
            className={styles.subject}
            dir="auto"
            value={draft.subject}
            placeholder={t('subject')}
            aria-label={t('subject')}
            maxLength={900}
            onChange={(event) => change({ subject: event.target.value })}
          />
        </div>
        {draft.format === 'html' ? (
          <Suspense
            fallback={
              <div className={styles.waiting}>
                <Spinner label={t('loading')} />
              </div>
            }
          >
            <RichEditor
              key={draft.quote === null && initial.quote !== null ? 'with-quote' : 'text'}
              ref={editor}
              html={draft.html}
              label={t('text')}
              urlOf={urlOf}
              onChange={(html) => change({ html })}
              onFiles={takeFiles}
              isFocusedAtStart={initial.to.length > 0}
            />
          </Suspense>
        ) : (
          <textarea
            ref={plain}
            className={styles.plain}
            dir="auto"
            value={draft.text}
            aria-label={t('text')}
            // biome-ignore lint/a11y/noAutofocus: a reply is begun in its text
            autoFocus={initial.to.length > 0}
            onChange={(event) => change({ text: event.target.value })}
            onPaste={(event) => {
              if (event.clipboardData.files.length === 0) return
              event.preventDefault()
              takeFiles([...event.clipboardData.files], false)
            }}
          />
        )}
        {draft.quote ? (
          <QuotePreview draft={draft} urlOf={urlOf} onEdit={editQuote} onRemove={() => change({ quote: null })} />
        ) : null}
        <AttachmentTray
          attachments={draft.attachments.filter(({ cid }) => cid === null || draft.format === 'plain')}
          uploads={uploads}
          onRemove={(file: DraftAttachment) => change({ attachments: draft.attachments.filter((one) => one !== file) })}
        />
        <footer className={styles.foot}>
          <Button
            tone="primary"
            icon={<Send size={16} aria-hidden />}
            isDisabled={phase === 'sending'}
            onPress={() => void send(null)}
          >
            {t(phase === 'sending' ? 'sending' : 'send')}
          </Button>
          <AttachButton onFiles={(files) => takeFiles(files, false)} />
          <PluginTools
            {...{ draft, editor, plain }}
            given={givenToPlugins}
            onChange={change}
            onFile={(file) => takeFiles([file], false)}
          />
          <span className={styles.fill} />
          <MoreMenu
            entries={entries}
            onTemplate={(template) => {
              change({
                subject: draft.subject || (template.subject ?? ''),
                to: draft.to.length > 0 ? draft.to : (template.to ?? []),
                cc: draft.cc.length > 0 ? draft.cc : (template.cc ?? []),
                bcc: [...draft.bcc, ...(template.bcc ?? [])],
                attachments: [
                  ...draft.attachments,
                  ...template.attachments.map((one) => ({ ...one, name: one.name ?? t('unnamed') })),
                ],
                ...(draft.format === 'plain' && { text: `${template.textBody}${draft.text}` }),
              })
              if (draft.format === 'html')
                editor.current?.insertHtml(template.htmlBody || textToHtml(template.textBody))
            }}
          />
          <IconButton label={t('discard')} icon={<Trash2 size={17} aria-hidden />} onPress={discard} />
        </footer>
      </div>
      {asks ? (
        <Dialog
          title={visibleText(asks.title)}
          closeLabel={t('close')}
          onClose={() => setAsks(null)}
          size="small"
          isAlert
          actions={
            <>
              <Button onPress={() => setAsks(null)}>{t('backToMessage')}</Button>
              <Button tone="primary" onPress={() => void send(asks.sendAt, asks.by)}>
                {visibleText(asks.confirm)}
              </Button>
            </>
          }
        >
          <p>{visibleText(asks.text)}</p>
        </Dialog>
      ) : null}
      {isScheduling ? (
        <ScheduleDialog
          onClose={() => setScheduling(false)}
          onChoose={(at) => {
            setScheduling(false)
            void send(at)
          }}
        />
      ) : null}
    </section>
  )

  function discardMine() {
    // The other copy stays; only what was typed here goes.
    keeper.keepMine()
    discard()
  }
}

// An event that came by mail: what, when, where, who; and an invitation's answer.

import { CalendarDays, Check, CircleHelp, MapPin, Repeat, UsersRound, X } from 'lucide-react'
import { useState } from 'react'
import { useSetting } from '../../settings/account-settings.ts'
import { currentLocale, type Text, useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import type { Message } from '../read/load-message.ts'
import { visibleAddress, visibleLines, visibleText } from '../sanitize/visible-text.ts'
import { answerInvitation, keyOf } from './answer-invitation.ts'
import styles from './cards.module.css'
import { repetitionInWords, whenInWords } from './event-words.ts'
import type { Answer, Attendee, CalendarEvent, CalendarPart, Person } from './read-event.ts'

export interface EventCardProps {
  readonly event: CalendarEvent
  readonly method: CalendarPart['method']
  readonly message: Message
  /** The calendar part as it is written. */
  readonly source: string
  readonly mayAnswer: boolean
}

const answers = ['accepted', 'tentative', 'declined'] as const
const icons = { accepted: Check, tentative: CircleHelp, declined: X } as const
const shownPeople = 6

export function EventCard({ event, method, message, source, mayAnswer }: EventCardProps) {
  const t = useText('cards')
  const { summary, location, description, when, repeats, organizer, attendees, isCancelled } = event
  const title = visibleText(summary) || t('untitled')
  const isOpen = mayAnswer && method === 'request' && !isCancelled && organizer !== null && !isOver(event)
  return (
    <section className={styles.card} aria-label={t('eventLabel', { title })}>
      {when ? <Leaf when={when} /> : <CalendarDays className={styles.leafless} size={28} aria-hidden />}
      <div className={styles.facts}>
        <p className={styles.kind}>{told(event, method, t)}</p>
        <h2 className={`${styles.title} ${isCancelled ? styles.cancelled : ''}`}>
          <bdi>{title}</bdi>
        </h2>
        {when ? <p className={styles.when}>{whenInWords(when, t)}</p> : null}
        {repeats ? (
          <p className={styles.fact}>
            <Repeat size={15} aria-hidden />
            <span>{repetitionInWords(repeats, t)}</span>
          </p>
        ) : null}
        {location ? (
          <p className={styles.fact}>
            <MapPin size={15} aria-hidden />
            <Place location={location} />
          </p>
        ) : null}
        {organizer || attendees.length > 0 ? (
          <div className={styles.fact}>
            <UsersRound size={15} aria-hidden />
            <People organizer={organizer} attendees={attendees} />
          </div>
        ) : null}
        {description ? (
          <details className={styles.more}>
            <summary>{t('description')}</summary>
            <p dir="auto">{visibleLines(description)}</p>
          </details>
        ) : null}
        {isOpen ? <Answers {...{ event, message, source }} /> : null}
      </div>
    </section>
  )
}

/** The day as a leaf of a calendar. */
function Leaf({ when }: { readonly when: NonNullable<CalendarEvent['when']> }) {
  const [at, timeZone] =
    when.kind === 'days'
      ? ([new Date(`${when.first}T00:00:00Z`), 'UTC'] as const)
      : ([when.start, when.clockOf === null ? undefined : 'UTC'] as const)
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(currentLocale(), { ...options, ...(timeZone && { timeZone }) }).format(at)
  return (
    <div className={styles.leaf} aria-hidden>
      <span className={styles.month}>{part({ month: 'short' })}</span>
      <span className={styles.day}>{new Intl.NumberFormat(currentLocale()).format(Number(dayOf(at, timeZone)))}</span>
      <span className={styles.weekday}>{part({ weekday: 'short' })}</span>
    </div>
  )
}

const dayOf = (at: Date, timeZone: string | undefined) =>
  new Intl.DateTimeFormat('en', { day: 'numeric', ...(timeZone && { timeZone }) }).format(at)

function told({ attendees, isCancelled }: CalendarEvent, method: CalendarPart['method'], t: Text): string {
  if (isCancelled) return t('told.cancelled')
  if (method === 'request') return t('told.request')
  const [who] = attendees
  if (method === 'reply' && who) return t(`told.${who.answer}`, { name: nameOf(who) })
  return t('told.event')
}

/** A series without an end goes on. */
function isOver({ when, repeats }: CalendarEvent): boolean {
  if (!when || repeats) return false
  const end = when.kind === 'days' ? Date.parse(`${when.last}T23:59:59Z`) : (when.end ?? when.start).getTime()
  return end < Date.now()
}

const nameOf = ({ name, email }: Person) => visibleText(name ?? '') || visibleAddress(email)

function Place({ location }: { readonly location: string }) {
  const url = /^https:\/\/\S+$/i.test(location) ? location : null
  if (url === null) return <bdi>{visibleText(location)}</bdi>
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      <bdi>{visibleText(url)}</bdi>
    </a>
  )
}

function People({ organizer, attendees }: Pick<CalendarEvent, 'organizer' | 'attendees'>) {
  const t = useText('cards')
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? attendees : attendees.slice(0, shownPeople)
  return (
    <div className={styles.people}>
      {organizer ? <p>{t('organizedBy', { name: nameOf(organizer) })}</p> : null}
      {attendees.length > 0 ? (
        <ul>
          {shown.map((attendee) => (
            <li key={attendee.email} title={visibleAddress(attendee.email)}>
              <AnswerMark answer={attendee.answer} />
              <bdi>{nameOf(attendee)}</bdi>
              {attendee.isOptional ? <span className={styles.soft}> {t('optional')}</span> : null}
            </li>
          ))}
        </ul>
      ) : null}
      {attendees.length > shown.length ? (
        <Button size="small" tone="quiet" onPress={() => setWhole(true)}>
          {t('morePeople', { count: attendees.length - shown.length })}
        </Button>
      ) : null}
    </div>
  )
}

function AnswerMark({ answer }: Pick<Attendee, 'answer'>) {
  const t = useText('cards')
  const Icon = answer === 'open' || answer === 'delegated' ? null : icons[answer]
  return (
    <span className={styles.mark} data-answer={answer}>
      {Icon ? <Icon size={13} aria-hidden /> : null}
      <span className="visually-hidden">{t(`marks.${answer}`)}</span>
    </span>
  )
}

function Answers({ event, message, source }: Pick<EventCardProps, 'event' | 'message' | 'source'>) {
  const t = useText('cards')
  const store = useStore()
  const [{ answers: kept }] = useSetting('invitations')
  const [sending, setSending] = useState<Answer | null>(null)
  const [hasFailed, setFailed] = useState(false)
  const given = kept[keyOf(event.uid)] ?? null

  const send = async (answer: Answer) => {
    setSending(answer)
    setFailed(false)
    const title = visibleText(event.summary) || t('untitled')
    const words = { subject: t(`replySubject.${answer}`, { title }), text: t(`replyText.${answer}`, { title }) }
    try {
      const undo = await answerInvitation(store, { message, event, source }, answer, words)
      store.undo.push({
        text: 'cards:answered',
        undo: async () => {
          if (!(await undo().catch(() => false))) store.undo.push({ text: 'cards:tooLate', kind: 'error' })
        },
      })
      await store.refresh()
    } catch (error) {
      console.error(error)
      setFailed(true)
    } finally {
      setSending(null)
    }
  }
  return (
    <div className={styles.answers}>
      <fieldset className={styles.buttons}>
        <legend className="visually-hidden">{t('yourAnswer')}</legend>
        {answers.map((answer) => {
          const Icon = icons[answer]
          return (
            <Button
              key={answer}
              size="small"
              tone={given === answer ? 'primary' : 'plain'}
              icon={<Icon size={15} aria-hidden />}
              isPending={sending === answer}
              isDisabled={sending !== null && sending !== answer}
              aria-pressed={given === answer}
              onPress={() => void send(answer)}
            >
              {t(`answer.${answer}`)}
            </Button>
          )
        })}
      </fieldset>
      {/* One region from the start, so that what becomes of it is read out. */}
      <p role="status" className={hasFailed ? styles.failed : styles.soft}>
        {hasFailed ? t('notAnswered') : given ? t(`youAnswered.${given}`) : ''}
      </p>
    </div>
  )
}

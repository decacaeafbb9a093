// Shows what it is given, reaches for what it must not have, and throws or hangs where a subject says so.

import type { WebPlugin } from 'paquebot/plugin-api'

/** What of the page and the network a part finds, by name. */
async function reach(): Promise<readonly string[]> {
  const found = ['document', 'indexedDB', 'caches', 'localStorage', 'BroadcastChannel', 'Worker', 'navigator'].filter(
    (name) => Reflect.get(globalThis, name) !== undefined,
  )
  const tries = {
    fetch: () => fetch('/auth/session'),
    socket: () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(new URL('/jmap/ws', import.meta.url.replace('http', 'ws')))
        socket.onopen = resolve
        socket.onerror = reject
      }),
    code: () => import('data:text/javascript,export default 1' as string),
  }
  for (const [name, attempt] of Object.entries(tries)) {
    const isOpen = await attempt().then(
      () => true,
      () => false,
    )
    if (isOpen) found.push(name)
  }
  return found
}

const plugin: WebPlugin = ({ call, language }) => ({
  async messageAction({ emails }) {
    if (emails.some(({ subject }) => subject === 'Hang')) for (;;);
    if (emails.some(({ subject }) => subject === 'Throw')) throw new Error('of the plugin')
    return {
      notice: `${emails.length}: ${Object.keys(emails[0] ?? {})
        .sort()
        .join()}`,
    }
  },
  async messageLine({ email, pressed }) {
    if (email.subject === 'Hang') for (;;);
    if (email.subject === 'Throw') throw new Error('of the plugin')
    if (email.subject === 'Wrong') return { text: 5 } as never
    if (pressed === 'reach') return { text: `Found: ${(await reach()).join() || 'nothing'}`, tone: 'good' }
    if (pressed === 'ask') return { text: JSON.stringify(await call('echo', [1])), tone: 'good' }
    return {
      text: `<b>Seen</b> in ${language}: ${Object.keys(email).sort().join()}`,
      tone: 'warning',
      details: [{ label: 'From', value: email.from?.[0]?.email ?? '' }],
      buttons: [
        { id: 'reach', label: 'Reach out' },
        { id: 'ask', label: 'Ask' },
      ],
      link: { label: 'More', url: 'https://plugin.example/more' },
    }
  },
  composeAction: ({ subject, text }) => ({
    insert: `Meeting at ten. (${subject}|${text})`,
    subject: 'Meeting',
    attach: [{ name: 'meeting.ics', type: 'text/calendar', content: 'BEGIN:VCALENDAR' }],
    notice: 'Meeting added',
  }),
  notice: ({ pressed }) =>
    pressed === 'read'
      ? { text: 'Good that you know.', tone: 'good' }
      : { text: 'Maintenance tonight.', tone: 'warning', buttons: [{ id: 'read', label: 'Understood' }] },
})

export default plugin

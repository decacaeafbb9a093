// What plugins have to say once the inbox stands, above every screen, until it is put away. This browser remembers what was, for each
// account: the same words stay away after a reload, other words of the same plugin are shown.

import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { View } from '#plugin-api/web.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { askPart, askQuietly } from './ask-part.ts'
import { Fence } from './fence.tsx'
import { type Part, partsAt } from './places.ts'
import styles from './view-line.module.css'
import { ViewLine } from './view-line.tsx'

const awayKey = 'paquebot.noticesPutAway'

export default function PluginNotice() {
  const t = useText('plugins')
  const { client } = useStore()
  const [views, setViews] = useState<ReadonlyMap<string, View>>(new Map())
  const parts = partsAt(client, 'notice')
  const show = (name: string, view: View | null) =>
    setViews((before) => new Map([...before].filter(([one]) => one !== name).concat(view ? [[name, view]] : [])))

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each sign-in
  useEffect(() => {
    let isGone = false
    for (const part of parts)
      void askQuietly(client, part, 'notice', { pressed: null }).then((view) => {
        if (!isGone && view?.text !== readAway()[`${client.accountId} ${part.name}`]) show(part.name, view)
      })
    return () => {
      isGone = true
    }
  }, [client])

  const press = (part: Part<'notice'>) => async (pressed: string) =>
    show(part.name, await askPart(client, part, 'notice', { pressed }))
  function putAway(name: string, view: View): void {
    show(name, null)
    localStorage.setItem(awayKey, JSON.stringify({ ...readAway(), [`${client.accountId} ${name}`]: view.text }))
  }
  if (views.size === 0) return null
  return (
    <Fence>
      <section className={styles.notices} aria-label={t('notices')}>
        {parts.map((part) => {
          const view = views.get(part.name)
          if (!view) return null
          const close = (
            <IconButton
              size="small"
              label={t('dismissNamed', { text: view.text })}
              icon={<X size={16} aria-hidden />}
              onPress={() => putAway(part.name, view)}
            />
          )
          return <ViewLine key={part.name} view={view} onPress={press(part)} trailing={close} />
        })}
      </section>
    </Fence>
  )
}

function readAway(): Readonly<Record<string, string>> {
  try {
    return JSON.parse(localStorage.getItem(awayKey) ?? '{}') as Record<string, string>
  } catch {
    return {}
  }
}

// What plugins have to say once the inbox stands, above every screen, until it is put away: for as long as the page lives.

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
      void askQuietly(client, part, 'notice', { pressed: null }).then((view) => isGone || show(part.name, view))
    return () => {
      isGone = true
    }
  }, [client])

  const press = (part: Part<'notice'>) => async (pressed: string) =>
    show(part.name, await askPart(client, part, 'notice', { pressed }))
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
              onPress={() => show(part.name, null)}
            />
          )
          return <ViewLine key={part.name} view={view} onPress={press(part)} trailing={close} />
        })}
      </section>
    </Fence>
  )
}

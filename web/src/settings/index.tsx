// Settings: a section at a time, each saved as it is changed unless it has a button of its own. Loaded when it is opened.

import { Link } from '@tanstack/react-router'
import {
  ArrowLeft,
  Ban,
  FileText,
  Forward,
  Keyboard,
  ListFilter,
  MonitorSmartphone,
  Palmtree,
  Puzzle,
  SlidersHorizontal,
  Tag,
  UserRound,
  UserX,
} from 'lucide-react'
import { type ComponentType, type ReactNode, Suspense } from 'react'
import { Fence } from '../plugins/fence.tsx'
import { inWords, partsAt } from '../plugins/places.ts'
import { useText } from '../shell/i18n.ts'
import { type SettingsProps, screen } from '../shell/screens.ts'
import { sectionNames } from '../shell/setting-sections.ts'
import { useStore } from '../store/index.ts'
import { Spinner } from '../ui/spinner.tsx'
import { DevicesSection } from './devices-section.tsx'
import { GeneralSection } from './general-section.tsx'
import { IdentitiesSection } from './identities-section.tsx'
import { LabelsSection } from './labels-section.tsx'
import { PluginSection } from './plugin-section.tsx'
import { RemoteContentSection } from './remote-content-section.tsx'
import styles from './settings.module.css'
import { ShortcutsSection } from './shortcuts-section.tsx'
import { TemplatesSection } from './templates-section.tsx'
import { VacationSection } from './vacation-section.tsx'

const FiltersSection = screen(['filters'], () => import('./filters/filters-section.tsx'))
const ForwardingSection = screen(['filters'], () => import('./filters/forwarding-section.tsx'))
const BlockedSection = screen(['filters'], () => import('./filters/blocked-section.tsx'))

const sections = {
  general: [SlidersHorizontal, GeneralSection],
  identities: [UserRound, IdentitiesSection],
  filters: [ListFilter, FiltersSection],
  forwarding: [Forward, ForwardingSection],
  blocked: [UserX, BlockedSection],
  vacation: [Palmtree, VacationSection],
  remote: [Ban, RemoteContentSection],
  templates: [FileText, TemplatesSection],
  labels: [Tag, LabelsSection],
  devices: [MonitorSmartphone, DevicesSection],
  shortcuts: [Keyboard, ShortcutsSection],
} as const satisfies Record<(typeof sectionNames)[number], readonly [unknown, ComponentType]>

interface Shown {
  readonly name: string
  readonly title: string
  readonly Icon: ComponentType<{ readonly size: number; readonly 'aria-hidden': true }>
  readonly body: ReactNode
}

export default function Settings({ section }: SettingsProps) {
  const t = useText('settings')
  const { client } = useStore()
  const all: readonly Shown[] = [
    ...sectionNames.map((name) => {
      const [Icon, Section] = sections[name]
      return { name, title: t(`sections.${name}`), Icon, body: <Section /> }
    }),
    ...partsAt(client, 'settings').map((part) => ({
      name: `plugin-${part.name}`,
      title: inWords(part.declared.title),
      Icon: Puzzle,
      body: (
        <Fence>
          <PluginSection part={part} />
        </Fence>
      ),
    })),
  ]
  const current = all.find(({ name }) => name === section) ?? all[0]!
  return (
    <div className={styles.screen}>
      <nav className={styles.nav} aria-label={t('title')}>
        <Link to="/mail/$folder" params={{ folder: 'inbox' }} className={styles.back}>
          <ArrowLeft size={17} aria-hidden />
          {t('backToMail')}
        </Link>
        <ul className={styles.links}>
          {all.map(({ name, title, Icon }) => (
            <li key={name}>
              <Link
                to="/settings/$section"
                params={{ section: name }}
                className={`${styles.link} ${name === current.name ? styles.current : ''}`}
                aria-current={name === current.name ? 'page' : undefined}
              >
                <Icon size={17} aria-hidden />
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <main id="content" className={styles.main} tabIndex={0}>
        <div className={styles.sheet} key={current.name}>
          <h1 className={styles.heading}>{current.title}</h1>
          <Suspense fallback={<Spinner />}>{current.body}</Suspense>
        </div>
      </main>
    </div>
  )
}

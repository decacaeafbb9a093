// Settings: a section at a time, each saved as it is changed unless it has a button of its own. Loaded when it is opened.

import { Link } from '@tanstack/react-router'
import {
  ArrowLeft,
  Ban,
  FileText,
  Keyboard,
  MonitorSmartphone,
  Palmtree,
  SlidersHorizontal,
  Tag,
  UserRound,
} from 'lucide-react'
import type { ComponentType } from 'react'
import { useText } from '../shell/i18n.ts'
import type { SettingsProps } from '../shell/screens.ts'
import { DevicesSection } from './devices-section.tsx'
import { GeneralSection } from './general-section.tsx'
import { IdentitiesSection } from './identities-section.tsx'
import { LabelsSection } from './labels-section.tsx'
import { RemoteContentSection } from './remote-content-section.tsx'
import styles from './settings.module.css'
import { ShortcutsSection } from './shortcuts-section.tsx'
import { TemplatesSection } from './templates-section.tsx'
import { VacationSection } from './vacation-section.tsx'

const sections = [
  ['general', SlidersHorizontal, GeneralSection],
  ['identities', UserRound, IdentitiesSection],
  ['vacation', Palmtree, VacationSection],
  ['remote', Ban, RemoteContentSection],
  ['templates', FileText, TemplatesSection],
  ['labels', Tag, LabelsSection],
  ['devices', MonitorSmartphone, DevicesSection],
  ['shortcuts', Keyboard, ShortcutsSection],
] as const satisfies readonly (readonly [string, unknown, ComponentType])[]

export default function Settings({ section }: SettingsProps) {
  const t = useText('settings')
  const [current, , Section] = sections.find(([name]) => name === section) ?? sections[0]
  return (
    <div className={styles.screen}>
      <nav className={styles.nav} aria-label={t('title')}>
        <Link to="/mail/$folder" params={{ folder: 'inbox' }} className={styles.back}>
          <ArrowLeft size={17} aria-hidden />
          {t('backToMail')}
        </Link>
        <ul className={styles.links}>
          {sections.map(([name, Icon]) => (
            <li key={name}>
              <Link
                to="/settings/$section"
                params={{ section: name }}
                className={`${styles.link} ${name === current ? styles.current : ''}`}
                aria-current={name === current ? 'page' : undefined}
              >
                <Icon size={17} aria-hidden />
                {t(`sections.${name}`)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <main id="content" className={styles.main} tabIndex={0}>
        <div className={styles.sheet} key={current}>
          <h1 className={styles.heading}>{t(`sections.${current}`)}</h1>
          <Section />
        </div>
      </main>
    </div>
  )
}

// Language and look (kept in this browser), and how mail is read and written (kept with the account).

import { changeLanguage, languages, useText } from '../shell/i18n.ts'
import { setPreferences, usePreferences } from '../shell/preferences.ts'
import { Select } from '../ui/select.tsx'
import { Switch } from '../ui/switch.tsx'
import { useSetting } from './account-settings.ts'
import { Outcome } from './outcome.tsx'
import { readingPanes, useReadingPaneChoice } from './reading-pane.ts'
import styles from './settings.module.css'
import { useSaving } from './use-saving.ts'

export function GeneralSection() {
  const t = useText('settings')
  const preferences = usePreferences()
  const [reading, changeReading] = useSetting('reading')
  const [composing, changeComposing] = useSetting('composing')
  const chooseReadingPane = useReadingPaneChoice()
  const { state, run } = useSaving()
  const options = <const Id extends string>(name: string, ids: readonly Id[]) =>
    ids.map((id) => ({ id, label: t(`${name}.${id}` as string) }))

  return (
    <>
      <section className={styles.group}>
        <h2>{t('look')}</h2>
        <div className={styles.pair}>
          <Select
            label={t('language')}
            value={preferences.language}
            options={[
              { id: 'system', label: t('languageSystem') },
              ...(Object.keys(languages) as (keyof typeof languages)[]).map((id) => ({
                id,
                label: languages[id].name,
              })),
            ]}
            onChange={(language) => {
              setPreferences({ language })
              void changeLanguage(language)
            }}
          />
          <Select
            label={t('theme')}
            value={preferences.theme}
            options={options('themes', ['system', 'light', 'dark'])}
            onChange={(theme) => setPreferences({ theme })}
          />
          <Select
            label={t('contrast')}
            value={preferences.contrast}
            options={options('contrasts', ['system', 'more'])}
            onChange={(contrast) => setPreferences({ contrast })}
          />
          <Select
            label={t('density')}
            value={preferences.density}
            options={options('densities', ['comfortable', 'compact'])}
            onChange={(density) => setPreferences({ density })}
          />
          <Select
            label={t('readingPane')}
            value={preferences.readingPane}
            options={options('panes', readingPanes)}
            onChange={(readingPane) => void run(() => chooseReadingPane(readingPane))}
          />
        </div>
        <Switch
          isSelected={preferences.view === 'conversations'}
          onChange={(isOn) => setPreferences({ view: isOn ? 'conversations' : 'messages' })}
          description={t('conversationsText')}
        >
          {t('conversations')}
        </Switch>
        <Switch isSelected={preferences.showPreview} onChange={(showPreview) => setPreferences({ showPreview })}>
          {t('showPreview')}
        </Switch>
      </section>
      <section className={styles.group}>
        <h2>{t('reading')}</h2>
        <div className={styles.pair}>
          <Select
            label={t('markRead')}
            value={reading.markRead}
            options={options('markReads', ['open', 'later', 'never'])}
            onChange={(markRead) => void run(() => changeReading({ markRead }))}
          />
          <Select
            label={t('readFormat')}
            value={reading.format}
            options={options('formats', ['html', 'plain'])}
            onChange={(format) => void run(() => changeReading({ format }))}
          />
        </div>
        <Switch
          isSelected={reading.isDarkMail}
          onChange={(isDarkMail) => void run(() => changeReading({ isDarkMail }))}
          description={t('darkMailText')}
        >
          {t('darkMail')}
        </Switch>
      </section>
      <section className={styles.group}>
        <h2>{t('writing')}</h2>
        <div className={styles.pair}>
          <Select
            label={t('writeFormat')}
            value={composing.format}
            options={options('formats', ['html', 'plain'])}
            onChange={(format) => void run(() => changeComposing({ format }))}
          />
          <Select
            label={t('undoTime')}
            value={String(composing.undoSeconds)}
            options={['0', '5', '10', '20', '30'].map((id) => ({ id, label: t('seconds', { count: Number(id) }) }))}
            onChange={(seconds) => void run(() => changeComposing({ undoSeconds: Number(seconds) }))}
          />
        </div>
        <Outcome state={state} />
      </section>
    </>
  )
}

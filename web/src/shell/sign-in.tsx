// The sign-in page. Each thing that can go wrong is said in words of its own.

import { type FormEvent, useRef, useState } from 'react'
import { SignInError, type SignInProblem } from '../jmap/auth.ts'
import { Button } from '../ui/button.tsx'
import { brand } from './brand.ts'
import { useText } from './i18n.ts'
import { Logo } from './logo.tsx'
import type { Session } from './session.ts'
import styles from './sign-in.module.css'

export interface SignInProps {
  readonly session: Session
  /** Set when a session ended: the same person is expected. */
  readonly username?: string
}

export function SignIn({ session, username }: SignInProps) {
  const t = useText('shell')
  const [problem, setProblem] = useState<SignInProblem | 'empty' | null>(null)
  const [alert, setAlert] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const [isPasswordShown, setPasswordShown] = useState(false)
  const password = useRef<HTMLInputElement>(null)

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const credentials = {
      username: String(form.get('username') ?? '').trim(),
      password: String(form.get('password') ?? ''),
      remember: form.get('remember') !== null,
    }
    if (!credentials.username || !credentials.password) return setProblem('empty')
    setBusy(true)
    setProblem(null)
    setAlert(null)
    try {
      await session.signIn(credentials)
    } catch (error) {
      setProblem(error instanceof SignInError ? error.problem : 'internal')
      if (error instanceof SignInError) setAlert(error.alert)
      password.current?.select()
      password.current?.focus()
    } finally {
      setBusy(false)
    }
  }

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
        <header className={styles.header}>
          <Logo size={44} />
          {brand.logo ? null : <p className={styles.hint}>{brand.name}</p>}
          <h1 id="sign-in-title" className={styles.title}>
            {username ? t('signIn.again') : t('signIn.title')}
          </h1>
          {username ? <p className={styles.hint}>{t('signIn.againText')}</p> : null}
        </header>
        <div role="alert" className={styles.problem} hidden={problem === null}>
          {problem === null ? null : <p>{t(`problem.${problem}`)}</p>}
          {alert === null ? null : <p className={styles.alert}>{t('signIn.serverSays', { text: alert })}</p>}
        </div>
        <label className={styles.field}>
          {t('signIn.username')}
          <input
            className={styles.input}
            // Both are written from the left, whatever the page is read in.
            dir="ltr"
            name="username"
            type="text"
            inputMode="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={username}
            // biome-ignore lint/a11y/noAutofocus: the page has nothing else to do
            autoFocus={!username}
            aria-invalid={problem === 'badCredentials' || undefined}
          />
        </label>
        <label className={styles.field}>
          {t('signIn.password')}
          <input
            ref={password}
            className={styles.input}
            dir="ltr"
            name="password"
            type={isPasswordShown ? 'text' : 'password'}
            autoComplete="current-password"
            // biome-ignore lint/a11y/noAutofocus: the page has nothing else to do
            autoFocus={Boolean(username)}
            aria-invalid={problem === 'badCredentials' || undefined}
          />
        </label>
        <div className={styles.options}>
          <label className={styles.check}>
            <input type="checkbox" name="remember" defaultChecked />
            {t('signIn.remember')}
          </label>
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={isPasswordShown}
              onChange={(event) => setPasswordShown(event.currentTarget.checked)}
            />
            {t('signIn.showPassword')}
          </label>
        </div>
        <Button type="submit" tone="primary" isPending={isBusy} className={styles.submit}>
          {isBusy ? t('signIn.busy') : t('signIn.submit')}
        </Button>
      </form>
      <div className={styles.sea} aria-hidden />
    </main>
  )
}

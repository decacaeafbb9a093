// The day of a person in steps, each done by what is on the screen: buttons by their words, rows by their subjects. What is made carries
// a mark in its name, by which it is found again and cleaned up.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import type { UiTestOptions } from './options.ts'
import type { Step } from './run-steps.ts'
import { type Words, wordsOf } from './words.ts'

export interface StepsDeps {
  readonly page: Page
  readonly options: Pick<UiTestOptions, 'url' | 'user' | 'password' | 'isPhone' | 'deliveryMs'>
  /** In the names of all that is made. */
  readonly mark: string
}

const attachmentBytes = 200_000

export function stepsOf({ page, options, mark }: StepsDeps): Step[] {
  const folder = `Paquebot ${mark}`
  const subject = `Paquebot ${mark}`
  const sentence = `written ${mark} within`
  const file = { name: `${mark}.bin`, mimeType: 'application/octet-stream', buffer: randomBytes(attachmentBytes) }
  /** Known once the page has told its language. */
  let t: Words = wordsOf('en')

  const row = () => page.getByRole('row', { name: new RegExp(mark) }).first()
  const reader = () => page.locator('article').last()
  const composer = () => page.locator('section[role=dialog]')
  const gone = (what: Locator) => what.waitFor({ state: 'detached' })

  async function learnLanguage(): Promise<void> {
    t = wordsOf((await page.locator('html').getAttribute('lang')) ?? 'en')
  }

  async function openFolders(): Promise<void> {
    const button = page.getByRole('button', { name: t('mail:folders'), exact: true })
    if (await button.isVisible()) await button.click()
  }

  /** Its link in the tree; «Inbox» by its role, as it may have any name. */
  async function goTo(path: string): Promise<void> {
    await page.goto(`${options.url}/mail/${path}`)
    await page.getByRole('button', { name: t('mail:refresh') }).waitFor()
  }

  async function backToList(): Promise<void> {
    const back = page.getByRole('button', { name: t('read:backToList'), exact: true })
    if (await back.isVisible()) await back.click()
  }

  async function inMenuOfRow(...names: string[]): Promise<void> {
    await row().click({ button: 'right' })
    for (const [depth, name] of names.entries()) {
      const item = page.getByRole('menuitem', { name }).last()
      await item.waitFor()
      if (depth < names.length - 1) await item.hover()
      else await item.click()
    }
    await gone(page.getByRole('menu').first())
  }

  return [
    {
      name: 'sign in',
      async run() {
        await page.goto(options.url)
        await page.locator('input[name=username]').waitFor()
        await learnLanguage()
        await page.locator('input[name=username]').fill(options.user)
        await page.locator('input[name=password]').fill(options.password)
        await page.getByRole('button', { name: t('shell:signIn.submit'), exact: true }).click()
        const refused = page.getByRole('alert')
        await page
          .getByRole('button', { name: t('mail:compose') })
          .or(refused)
          .first()
          .waitFor()
        if (await refused.isVisible()) throw new Error(`refused: ${await refused.textContent()}`)
        // Settings of the account may bring another language.
        await page.waitForLoadState('networkidle')
        await learnLanguage()
        return undefined
      },
    },
    {
      name: 'list',
      needs: ['sign in'],
      async run() {
        await goTo('inbox')
        const grid = page.getByRole('grid')
        const empty = page.getByText(t('mail:emptyFolder', { context: 'inbox' }))
        await grid.or(empty).first().waitFor()
        return (await grid.isVisible()) ? `${Number(await grid.getAttribute('aria-rowcount'))} rows` : 'empty'
      },
    },
    {
      name: 'make a folder',
      needs: ['sign in'],
      async run() {
        await openFolders()
        await page.getByRole('button', { name: t('mail:newFolder'), exact: true }).click()
        await page.getByLabel(t('mail:folderName')).fill(folder)
        await page.keyboard.press('Enter')
        await page.getByRole('link', { name: folder }).click()
        await page.getByText(t('mail:emptyFolder'), { exact: true }).waitFor()
        return undefined
      },
    },
    {
      name: 'write, attach and send to oneself',
      needs: ['sign in'],
      async run() {
        await goTo('inbox')
        await page
          .getByRole('button', { name: t('mail:compose') })
          .locator('visible=true')
          .first()
          .click()
        await composer().getByLabel(t('compose:to'), { exact: true }).fill(options.user)
        await page.keyboard.press('Enter')
        await composer().getByLabel(t('compose:subject'), { exact: true }).fill(subject)
        await composer().locator('.ProseMirror').click()
        await page.keyboard.type(`This was ${sentence} a test.`)
        await composer().locator('input[type=file]').first().setInputFiles(file)
        await composer().getByText(file.name).waitFor()
        await composer()
          .getByRole('button', { name: t('compose:send'), exact: true })
          .click()
        await gone(composer())
        return `${Math.round(attachmentBytes / 1_000)} kB attached`
      },
    },
    {
      name: 'receive it',
      needs: ['write, attach and send to oneself'],
      atLeastMs: options.deliveryMs + 5_000,
      async run() {
        // By push: nothing is asked for by hand.
        await row().waitFor({ timeout: options.deliveryMs })
        return 'after the time to undo'
      },
    },
    {
      name: 'read it',
      needs: ['receive it'],
      async run() {
        await row().click()
        await reader()
          .getByText(t('read:downloadFile', { name: file.name }))
          .or(reader().getByLabel(t('read:downloadFile', { name: file.name })))
          .first()
          .waitFor()
        const bodies = page.frames().map((frame) => frame.getByText(sentence).first())
        await Promise.any(bodies.map((body) => body.waitFor())).catch(() => {
          throw new Error('the text is not shown')
        })
        return undefined
      },
    },
    {
      name: 'download its attachment',
      needs: ['read it'],
      async run() {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          reader()
            .getByLabel(t('read:downloadFile', { name: file.name }))
            .click(),
        ])
        const bytes = await readFile(await download.path())
        const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
        assert.equal(hash(bytes), hash(file.buffer), 'the attachment came back changed')
        return 'the same bytes'
      },
    },
    {
      name: 'star it',
      needs: ['receive it'],
      async run() {
        await goTo('inbox')
        await inMenuOfRow(t('mail:flag'))
        await page
          .getByRole('row', { name: new RegExp(`${t('mail:state.flagged')}.*${mark}`) })
          .first()
          .waitFor()
        return undefined
      },
    },
    {
      name: 'search',
      needs: ['receive it'],
      async run() {
        await goTo('inbox')
        await page.getByLabel(t('mail:search.label')).fill(`subject:${mark}`)
        await page.getByRole('heading', { name: t('mail:search.title'), exact: true }).waitFor()
        await row().waitFor()
        return undefined
      },
    },
    {
      name: 'move it to the folder',
      needs: ['receive it', 'make a folder'],
      async run() {
        await goTo('inbox')
        await inMenuOfRow(t('mail:moveTo'), folder)
        await gone(row())
        await openFolders()
        await page.getByRole('link', { name: folder }).click()
        await row().waitFor()
        return undefined
      },
    },
    {
      name: 'delete it',
      needs: ['move it to the folder'],
      async run() {
        const moved = page.waitForResponse((reply) => /"Email\/set"/.test(reply.request().postData() ?? ''))
        await inMenuOfRow(t('mail:trash'))
        await gone(row())
        await moved
        await goTo('trash')
        await row().waitFor()
        return 'in the trash'
      },
    },
    {
      name: 'settings are kept',
      needs: ['sign in'],
      async run() {
        await page.goto(`${options.url}/settings/templates`)
        await page.getByRole('button', { name: t('settings:newTemplate') }).click()
        await page.getByLabel(t('settings:name'), { exact: true }).fill(mark)
        await page.getByRole('button', { name: t('settings:save'), exact: true }).click()
        const item = page.getByRole('listitem').filter({ hasText: mark })
        await item.waitFor()
        await page.reload()
        await item.waitFor()
        await item.getByRole('button', { name: t('settings:delete'), exact: true }).click()
        await gone(item)
        return undefined
      },
    },
    {
      name: 'sign out',
      needs: ['sign in'],
      async run() {
        await goTo('inbox')
        await backToList()
        await page.getByRole('button', { name: t('shell:account', { username: options.user }) }).click()
        await page.getByRole('menuitem', { name: t('shell:signOut') }).click()
        await page.locator('input[name=username]').waitFor()
        await page.goto(`${options.url}/mail/inbox`)
        await page.locator('input[name=username]').waitFor()
        return 'the address alone shows nothing'
      },
    },
  ]
}

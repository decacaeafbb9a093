// What plugins offer in the composer's toolbar: each adds to the message what it answers.

import { Puzzle } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'
import type { Addition, DraftToSend } from '#plugin-api/web.ts'
import { askPart, isOn } from '../plugins/ask-part.ts'
import { Fence } from '../plugins/fence.tsx'
import { inWords, type Part, partsAt } from '../plugins/places.ts'
import { draftFor } from '../plugins/read-given.ts'
import { loadStrings, useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu } from '../ui/menu.tsx'
import type { Draft } from './draft.ts'
import { textToHtml } from './draft-email.ts'
import type { RichEditorHandle } from './rich-editor.tsx'

export interface PluginToolsProps {
  /** As it is when an entry is chosen. */
  readonly draft: Draft
  readonly given: () => DraftToSend
  readonly editor: RefObject<RichEditorHandle | null>
  readonly plain: RefObject<HTMLTextAreaElement | null>
  readonly onChange: (part: Partial<Draft>) => void
  readonly onFile: (file: File) => void
}

export function PluginTools(props: PluginToolsProps) {
  const { client } = useStore()
  if (partsAt(client, 'composeAction').length === 0) return null
  return (
    <Fence>
      <Tools {...props} />
    </Fence>
  )
}

function Tools({ draft, given, editor, plain, onChange, onFile }: PluginToolsProps) {
  const t = useText('plugins')
  const { client, undo } = useStore()
  const [hasWords, setHasWords] = useState(false)
  useEffect(() => {
    // Without them there is no name for the button yet; the next composer asks again.
    loadStrings('plugins').then(
      () => setHasWords(true),
      () => {},
    )
  }, [])

  const add = ({ insert, subject, attach = [], notice }: Addition) => {
    if (insert && draft.format === 'html') editor.current?.insertHtml(textToHtml(insert))
    if (insert && draft.format === 'plain') {
      const { selectionStart = 0, selectionEnd = 0, value = draft.text } = plain.current ?? {}
      onChange({ text: value.slice(0, selectionStart) + insert + value.slice(selectionEnd) })
    }
    if (subject && draft.subject.trim() === '') onChange({ subject })
    for (const { name, type, content } of attach)
      onFile(new File([content as string | Uint8Array<ArrayBuffer>], name, { type }))
    if (notice) undo.push({ text: 'plugins:says', values: { text: notice } })
  }
  const run = async (part: Part<'composeAction'>) => {
    try {
      const addition = await askPart(client, part, 'composeAction', draftFor(given(), part.declared.reads))
      if (addition) add(addition)
    } catch {
      undo.push({ text: 'plugins:failed', values: { action: inWords(part.declared.label) }, kind: 'error' })
    }
  }
  if (!hasWords) return null
  return (
    <Menu
      label={t('tools')}
      placement="top start"
      entries={partsAt(client, 'composeAction').map((part) => ({
        id: part.name,
        label: inWords(part.declared.label),
        isDisabled: !isOn(part.name),
        onAction: () => void run(part),
      }))}
      trigger={<IconButton label={t('tools')} icon={<Puzzle size={18} aria-hidden />} />}
    />
  )
}

// The button that lets files be chosen; the field behind it is emptied, so that the same file can be chosen again.

import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { useText } from '../shell/i18n.ts'
import { IconButton } from '../ui/icon-button.tsx'

export function AttachButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const t = useText('compose')
  const picker = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton
        label={t('attach')}
        icon={<Paperclip size={18} aria-hidden />}
        onPress={() => picker.current?.click()}
      />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t('attach')}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </>
  )
}

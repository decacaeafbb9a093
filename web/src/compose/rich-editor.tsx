// The editor for formatted text (TipTap on ProseMirror), loaded when the first formatted message is written. Its schema is the
// list of what can be written; whatever else is pasted is left out by it.

import { Node } from '@tiptap/core'
import Image from '@tiptap/extension-image'
import { EditorContent, useEditor, useEditorState } from '@tiptap/react'
import StarterKit from '@tiptap/starter-kit'
import { Bold, Italic, Link2, List, ListOrdered, Quote, RemoveFormatting, Strikethrough, Underline } from 'lucide-react'
import { type Ref, type RefObject, useEffect, useImperativeHandle, useRef, useState } from 'react'
import { safeLink } from '../mail/sanitize/safe-link.ts'
import { useText } from '../shell/i18n.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { LinkDialog } from './link-dialog.tsx'
import styles from './rich-editor.module.css'

export interface RichEditorHandle {
  focus(): void
  insertImage(image: { readonly src: string; readonly cid: string; readonly alt: string }): void
  replaceSignature(html: string): void
  insertHtml(html: string): void
}

export interface RichEditorProps {
  readonly html: string
  readonly label: string
  /** Where the picture of a Content-ID is. */
  readonly urlOf: (cid: string) => string | undefined
  readonly onChange: (html: string) => void
  /** Files pasted or dropped into the text. True when they were taken. */
  readonly onFiles: (files: readonly File[], isInline: boolean) => boolean
  readonly isFocusedAtStart: boolean
  readonly ref?: Ref<RichEditorHandle>
}

/** Known again when another identity is chosen. */
const Signature = Node.create({
  name: 'signature',
  group: 'block',
  content: 'block+',
  parseHTML: () => [{ tag: 'div.mail-signature' }],
  renderHTML: () => ['div', { class: 'mail-signature' }, 0],
})

const InlineImage = Image.extend({
  addAttributes() {
    return {
      ...this.parent?.(),
      cid: {
        default: null,
        parseHTML: (element) => element.getAttribute('data-cid'),
        renderHTML: ({ cid }) => (cid ? { 'data-cid': cid } : {}),
      },
    }
  },
})

export default function RichEditor(props: RichEditorProps) {
  const { html, label, urlOf, onChange, onFiles, isFocusedAtStart, ref } = props
  const latest = useRef({ onChange, onFiles })
  latest.current = { onChange, onFiles }
  const askForLink = useRef<() => void>(null)
  const editor = useEditor({
    extensions: [
      StarterKit.configure({
        link: {
          openOnClick: false,
          autolink: true,
          defaultProtocol: 'https',
          isAllowedUri: (url) => safeLink(url) !== null,
        },
      }),
      InlineImage.configure({ inline: true }),
      Signature,
    ],
    content: toEditor(html, urlOf),
    autofocus: isFocusedAtStart ? 'start' : false,
    editorProps: {
      attributes: { class: styles.text ?? '', 'aria-label': label, role: 'textbox', 'aria-multiline': 'true' },
      handlePaste: (_view, event) =>
        // Copied from a table or a text, a picture of it comes along: what was meant is the text.
        event.clipboardData?.getData('text/plain') ? false : takeFiles(event.clipboardData, latest.current.onFiles),
      handleDrop: (_view, event) => takeFiles((event as DragEvent).dataTransfer, latest.current.onFiles),
    },
    onUpdate: ({ editor: changed }) => latest.current.onChange(fromEditor(changed.getHTML())),
  })

  useImperativeHandle(
    ref,
    () => ({
      focus: () => editor.commands.focus('start'),
      insertImage: ({ src, cid, alt }) =>
        editor.chain().focus().insertContent({ type: 'image', attrs: { src, cid, alt } }).run(),
      replaceSignature(signature) {
        let found: { from: number; to: number } | undefined
        editor.state.doc.descendants((node, at) => {
          if (node.type.name === 'signature') found = { from: at, to: at + node.nodeSize }
          return false
        })
        const end = editor.state.doc.content.size
        editor.commands.insertContentAt(
          found ?? { from: end, to: end },
          signature === '' ? '' : toEditor(signature, urlOf),
        )
      },
      insertHtml: (inserted) => editor.chain().focus().insertContent(toEditor(inserted, urlOf)).run(),
    }),
    [editor, urlOf],
  )
  useEffect(() => () => editor.destroy(), [editor])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a key of the editor within
    <div
      className={styles.editor}
      onKeyDown={(event) => {
        if (event.key !== 'k' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        askForLink.current?.()
      }}
    >
      <EditorContent editor={editor} className={styles.content} />
      <Toolbar editor={editor} askForLink={askForLink} />
    </div>
  )
}

type TipTapEditor = NonNullable<ReturnType<typeof useEditor>>

function Toolbar(props: { readonly editor: TipTapEditor; readonly askForLink: RefObject<(() => void) | null> }) {
  const { editor } = props
  const t = useText('compose')
  const on = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      bold: now.isActive('bold'),
      italic: now.isActive('italic'),
      underline: now.isActive('underline'),
      strike: now.isActive('strike'),
      bulletList: now.isActive('bulletList'),
      orderedList: now.isActive('orderedList'),
      blockquote: now.isActive('blockquote'),
      link: now.isActive('link'),
    }),
  })
  const [link, setLink] = useState<{ readonly href: string; readonly text: string } | null>(null)
  const askForLink = () => {
    const { from, to } = editor.state.selection
    const href = (editor.getAttributes('link').href as string | undefined) ?? ''
    setLink({ href, text: editor.state.doc.textBetween(from, to, ' ') })
  }
  props.askForLink.current = askForLink
  const takeLink = (href: string | null, text: string) => {
    const chain = editor.chain().focus().extendMarkRange('link')
    if (href === null) chain.unsetLink().run()
    else if (editor.state.selection.empty && !editor.isActive('link')) {
      chain.insertContent({ type: 'text', text, marks: [{ type: 'link', attrs: { href } }] }).run()
    } else chain.setLink({ href }).run()
    setLink(null)
  }
  const tools = [
    ['bold', Bold, () => editor.chain().focus().toggleBold().run(), 'Mod+b'],
    ['italic', Italic, () => editor.chain().focus().toggleItalic().run(), 'Mod+i'],
    ['underline', Underline, () => editor.chain().focus().toggleUnderline().run(), 'Mod+u'],
    ['strike', Strikethrough, () => editor.chain().focus().toggleStrike().run(), undefined],
    ['bulletList', List, () => editor.chain().focus().toggleBulletList().run(), undefined],
    ['orderedList', ListOrdered, () => editor.chain().focus().toggleOrderedList().run(), undefined],
    ['blockquote', Quote, () => editor.chain().focus().toggleBlockquote().run(), undefined],
    ['link', Link2, askForLink, 'Mod+k'],
  ] as const
  return (
    <div className={styles.toolbar} role="toolbar" aria-label={t('formatting')}>
      {tools.map(([name, Icon, run, shortcut]) => (
        <IconButton
          key={name}
          size="small"
          label={t(name)}
          isOn={on[name]}
          icon={<Icon size={16} aria-hidden />}
          onPress={run}
          {...(shortcut ? { shortcut } : {})}
        />
      ))}
      <IconButton
        size="small"
        label={t('clearFormatting')}
        icon={<RemoveFormatting size={16} aria-hidden />}
        onPress={() => editor.chain().focus().unsetAllMarks().clearNodes().run()}
      />
      {link ? (
        <LinkDialog
          href={link.href}
          text={link.text}
          onDone={takeLink}
          onClose={() => {
            setLink(null)
            editor.commands.focus()
          }}
        />
      ) : null}
    </div>
  )
}

/** Pictures go into the text, everything else becomes an attachment. */
function takeFiles(data: DataTransfer | null, take: RichEditorProps['onFiles']): boolean {
  const files = [...(data?.files ?? [])]
  if (files.length === 0) return false
  return take(
    files,
    files.every((file) => /^image\/(png|jpe?g|gif|webp)$/.test(file.type)),
  )
}

/** `cid:` as the place where the picture can be seen; the name goes along. */
function toEditor(html: string, urlOf: RichEditorProps['urlOf']): string {
  return withImages(html, (image) => {
    const cid = /^cid:(.+)$/i.exec(image.getAttribute('src') ?? '')?.[1]
    const url = cid === undefined ? undefined : urlOf(cid)
    if (cid === undefined || url === undefined) return
    image.setAttribute('src', url)
    image.setAttribute('data-cid', cid)
  })
}

function fromEditor(html: string): string {
  return withImages(html, (image) => {
    const cid = image.getAttribute('data-cid')
    if (cid === null) return
    image.setAttribute('src', `cid:${cid}`)
    image.removeAttribute('data-cid')
  })
}

function withImages(html: string, change: (image: Element) => void): string {
  if (!html.includes('<img')) return html
  const { body } = new DOMParser().parseFromString(html, 'text/html')
  for (const image of body.querySelectorAll('img')) change(image)
  return body.innerHTML
}

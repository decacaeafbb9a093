// A labelled line (or area) of text with help and error.

import type { HTMLInputTypeAttribute, ReactNode, Ref } from 'react'
import { FieldError } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { Text } from 'react-aria-components/Text'
import { TextArea } from 'react-aria-components/TextArea'
import { TextField as AriaTextField } from 'react-aria-components/TextField'
import styles from './field.module.css'

export interface TextFieldProps {
  readonly label: string
  readonly value?: string
  readonly defaultValue?: string
  readonly onChange?: (value: string) => void
  readonly name?: string
  readonly type?: HTMLInputTypeAttribute
  readonly description?: ReactNode
  /** Shown in place of the description, and announced. */
  readonly error?: string | undefined
  readonly placeholder?: string
  readonly autoComplete?: string
  readonly rows?: number
  readonly isRequired?: boolean
  readonly isDisabled?: boolean
  readonly autoFocus?: boolean
  readonly inputRef?: Ref<HTMLInputElement>
  /** For one of several in a row, whose place says what it is. */
  readonly isLabelHidden?: boolean
}

export function TextField(props: TextFieldProps) {
  const { label, description, error, placeholder, rows, inputRef, type, isLabelHidden, ...rest } = props
  return (
    <AriaTextField
      {...rest}
      type={type ?? 'text'}
      isInvalid={error !== undefined}
      className={styles.field}
      validationBehavior="aria"
    >
      <Label className={isLabelHidden ? 'visually-hidden' : styles.label}>{label}</Label>
      {rows === undefined ? (
        <Input ref={inputRef} className={styles.input} placeholder={placeholder} />
      ) : (
        <TextArea className={styles.input} rows={rows} placeholder={placeholder} />
      )}
      {description && error === undefined ? (
        <Text slot="description" className={styles.description}>
          {description}
        </Text>
      ) : null}
      <FieldError className={styles.error}>{error}</FieldError>
    </AriaTextField>
  )
}

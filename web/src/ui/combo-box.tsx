// One of many: a field that narrows its list as one types.

import { ChevronDown } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { ComboBox as AriaComboBox } from 'react-aria-components/ComboBox'
import { FieldError } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import styles from './combo-box.module.css'
import field from './field.module.css'
import menu from './menu.module.css'

export interface ComboBoxProps {
  readonly label: string
  readonly options: readonly { readonly id: string; readonly label: string }[]
  readonly value: string | null
  readonly onChange: (value: string | null) => void
  /** Says what the button does that opens the list. */
  readonly openLabel: string
  readonly placeholder?: string
  readonly error?: string | undefined
  readonly isLabelHidden?: boolean
  readonly autoFocus?: boolean
}

export function ComboBox(props: ComboBoxProps) {
  const { label, options, value, onChange, openLabel, placeholder, error, isLabelHidden, autoFocus } = props
  return (
    <AriaComboBox
      className={field.field}
      selectedKey={value}
      onSelectionChange={(key) => onChange(key === null ? null : String(key))}
      defaultItems={options}
      menuTrigger="focus"
      isInvalid={error !== undefined}
      validationBehavior="aria"
      autoFocus={autoFocus ?? false}
    >
      <Label className={isLabelHidden ? 'visually-hidden' : field.label}>{label}</Label>
      <div className={styles.control}>
        <Input className={`${field.input} ${styles.input}`} placeholder={placeholder} />
        <Button className={styles.button} aria-label={openLabel}>
          <ChevronDown size={16} aria-hidden />
        </Button>
      </div>
      <FieldError className={field.error}>{error}</FieldError>
      <Popover className={menu.popover}>
        <ListBox<ComboBoxProps['options'][number]> className={menu.menu}>
          {(option) => (
            <ListBoxItem id={option.id} className={menu.item} textValue={option.label}>
              <span className={menu.label}>{option.label}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  )
}

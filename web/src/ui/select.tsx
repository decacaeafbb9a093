// One of a few: a labelled list that opens.

import { ChevronDown } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select'
import styles from './field.module.css'
import menu from './menu.module.css'

export interface SelectProps<Id extends string> {
  readonly label: string
  readonly options: readonly { readonly id: Id; readonly label: string }[]
  readonly value: Id
  readonly onChange: (value: Id) => void
  readonly isDisabled?: boolean
  /** For one of several in a row, whose place says what it is. */
  readonly isLabelHidden?: boolean
}

export function Select<Id extends string>(props: SelectProps<Id>) {
  const { label, options, value, onChange, isDisabled, isLabelHidden } = props
  return (
    <AriaSelect
      className={styles.field}
      value={value}
      onChange={(key) => onChange(key as Id)}
      isDisabled={isDisabled ?? false}
    >
      <Label className={isLabelHidden ? 'visually-hidden' : styles.label}>{label}</Label>
      <Button className={`${styles.input} ${styles.select}`}>
        <SelectValue className={styles.value} />
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className={menu.popover}>
        <ListBox className={menu.menu}>
          {options.map((option) => (
            <ListBoxItem key={option.id} id={option.id} className={menu.item} textValue={option.label}>
              <span className={menu.label}>{option.label}</span>
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}

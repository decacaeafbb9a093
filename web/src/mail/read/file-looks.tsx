// How a file looks in a list: its icon by type, its size as people say it.

import {
  CalendarDays,
  Contact,
  File,
  FileArchive,
  FileAudio,
  FileCode,
  FileImage,
  FileSpreadsheet,
  FileText,
  FileVideo,
  Mail,
  Presentation,
} from 'lucide-react'
import { currentLocale } from '../../shell/i18n.ts'

const icons: readonly (readonly [RegExp, typeof File])[] = [
  [/^image\//, FileImage],
  [/^video\//, FileVideo],
  [/^audio\//, FileAudio],
  [/^message\//, Mail],
  [/calendar/, CalendarDays],
  [/vcard|directory/, Contact],
  [/zip|compressed|x-tar|gzip|7z|rar/, FileArchive],
  [/spreadsheet|excel|csv/, FileSpreadsheet],
  [/presentation|powerpoint/, Presentation],
  [/html|xml|json|javascript/, FileCode],
  [/^text\/|pdf|word|document|rtf/, FileText],
]

export function FileIcon({ type, size = 20 }: { readonly type: string; readonly size?: number }) {
  const Icon = icons.find(([pattern]) => pattern.test(type.toLowerCase()))?.[1] ?? File
  return <Icon size={size} aria-hidden />
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

export function showSize(bytes: number): string {
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const value = bytes / 1000 ** step
  return new Intl.NumberFormat(currentLocale(), {
    style: 'unit',
    unit: units[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value)
}

// Where in the app the reader is, and how to go elsewhere: for screens, which may not know the router that mounts them.

import { useNavigate, useParams, useSearch } from '@tanstack/react-router'

export interface MailSearch {
  /** What is searched for, as typed. */
  readonly q?: string
  /** Where: this folder, unless everywhere. */
  readonly in?: 'everywhere'
  /** The one message that is open in a flat list. */
  readonly message?: string
}

export interface SettingsSearch {
  /** A message that a new filter is to be like. */
  readonly like?: string
}

/** Where in the mail we are, and how to go elsewhere. */
export function useMailPlace() {
  const { folder: folderParam = 'inbox', thread: threadId } = useParams({ strict: false })
  const search = useSearch({ strict: false }) as MailSearch
  const navigate = useNavigate()
  return {
    folder: folderParam,
    threadId,
    search,
    openFolder: (next: string) => void navigate({ to: '/mail/$folder', params: { folder: next }, search: {} }),
    openThread: (next: string, message: string | undefined, replace = false) =>
      void navigate({
        to: '/mail/$folder/$thread',
        params: { folder: folderParam, thread: next },
        search: { ...search, message },
        replace,
      }),
    closeThread: () =>
      void navigate({
        to: '/mail/$folder',
        params: { folder: folderParam },
        search: { ...search, message: undefined },
      }),
    searchFor: (next: MailSearch, replace: boolean) =>
      void navigate({ to: '/mail/$folder', params: { folder: folderParam }, search: next, replace }),
    openSettings: (section?: string) =>
      void (section ? navigate({ to: '/settings/$section', params: { section } }) : navigate({ to: '/settings' })),
    openFilterLike: (like: string) =>
      void navigate({ to: '/settings/$section', params: { section: 'filters' }, search: { like } }),
  }
}

/** The message that a new filter is to be like, until the filter is made or left. */
export function useFilterLike() {
  const { like } = useSearch({ strict: false }) as SettingsSearch
  const navigate = useNavigate()
  return {
    like,
    leaveLike: () =>
      void navigate({ to: '/settings/$section', params: { section: 'filters' }, search: {}, replace: true }),
  }
}

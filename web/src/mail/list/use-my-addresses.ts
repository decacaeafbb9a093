// The reader's own addresses: to say «me» in conversations.

import { useEffect, useState } from 'react'
import { type MailStore, useStore } from '../../store/index.ts'

const known = new WeakMap<MailStore, Promise<ReadonlySet<string>>>()
const nobody: ReadonlySet<string> = new Set()

export function useMyAddresses(): ReadonlySet<string> {
  const store = useStore()
  const [addresses, setAddresses] = useState(nobody)
  useEffect(() => {
    let isMounted = true
    let loading = known.get(store)
    if (!loading) {
      loading = store.client
        .call('Identity/get', { accountId: store.accountId, ids: null })
        .then(({ list }) => new Set(list.map(({ email }) => email.toLowerCase())))
      known.set(store, loading)
    }
    loading.then(
      (set) => isMounted && setAddresses(set),
      // Without them «me» is shown by name; another list asks again.
      () => known.delete(store),
    )
    return () => {
      isMounted = false
    }
  }, [store])
  return addresses
}

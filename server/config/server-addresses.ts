// Lists of servers as memcached and Redis are named: `HOST:PORT`, `[V6]:PORT`, `unix:PATH`.

import { BadValue, type KeyType, types } from './keys.ts'

const pattern = /^(unix:\/\S+|(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):\d{1,5})$/
const expected = 'a list of HOST:PORT, [V6]:PORT or unix:/PATH'

export const serverAddresses: KeyType<readonly string[]> = {
  ...types.list,
  name: 'list of addresses',
  read(raw) {
    const list = types.list.read(raw)
    const isPort = (address: string) => address.startsWith('unix:') || Number(/\d+$/.exec(address)?.[0]) <= 65_535
    if (!list.every((address) => pattern.test(address) && isPort(address))) throw new BadValue(expected)
    if (new Set(list).size < list.length) throw new BadValue(`${expected}, each once`)
    return list
  },
}

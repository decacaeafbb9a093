import { testChangeBus } from '#ports/change-bus.contract.ts'
import { openMemoryBus } from './memory-bus.ts'

testChangeBus(async () => {
  const bus = openMemoryBus()
  return { one: bus, other: bus, close: () => bus.close() }
})

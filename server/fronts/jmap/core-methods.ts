// The methods of the core and of what stands beside it: Blob/*, Quota/*, PushSubscription/*.

import { coreEcho } from './core-echo.ts'
import type { Method } from './method.ts'

export function coreMethods(): Record<string, Method> {
  return { 'Core/echo': coreEcho }
}

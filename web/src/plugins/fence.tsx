// Around what is drawn for plugins: whatever goes wrong in it, the screen around it stays.

import { Component, type ReactNode, Suspense } from 'react'

export class Fence extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override componentDidCatch(error: unknown): void {
    console.error('plugins', error)
  }

  override render(): ReactNode {
    return this.state.isBroken ? null : <Suspense>{this.props.children}</Suspense>
  }
}

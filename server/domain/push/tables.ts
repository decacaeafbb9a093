// The table of domain/push.

export interface PushTables {
  push_subscription: {
    id: string
    account: string
    session: string | null
    device_client_id: string
    url: string
    keys: string | null
    types: string | null
    verification_code: string
    is_verified: number
    expires_at: number
  }
}

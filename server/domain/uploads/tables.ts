// The tables of domain/uploads.

export interface UploadTables {
  /** What an account has uploaded, by the blob's key. */
  upload: { account: string; blob: string; type: string; size: number; expires_at: number }
  /** The manifests: `owner` refers to these. */
  upload_reference: { account: string; owner: string; blob: string }
  /** `is_leaving`: 1 while its bytes are being removed. */
  stored_blob: { blob: string; is_leaving: number; taken_at: number }
}

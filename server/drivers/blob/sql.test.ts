import { blobStoreContract } from '#ports/blob-store.contract.ts'
import { openHurtableSql } from '#testing/hurtable-sql.ts'

blobStoreContract('sql on SQLite', openHurtableSql)

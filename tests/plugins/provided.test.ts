// A plugin that provides a session store, a directory and an authenticator passes the suites of these ports.

import { join } from 'node:path'
import { pluginContract } from '#testing/plugin-contract.ts'

await pluginContract(join(import.meta.dirname, 'provider'))

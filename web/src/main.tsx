// Where the client starts: the look first, then words and session side by side, then React.

import './ui/tokens.css'
import './ui/base.css'
import { createRoot } from 'react-dom/client'
import { startI18n } from './shell/i18n.ts'
import { applyPreferences, preferences } from './shell/preferences.ts'
import { Root } from './shell/root.tsx'
import { startSession } from './shell/session.ts'
import { listenForShortcuts } from './shell/shortcuts.ts'

applyPreferences()
listenForShortcuts(document)
const session = startSession()
await startI18n(preferences().language, ['shell', 'mail'])
const app = document.getElementById('app')
if (app) createRoot(app).render(<Root session={session} />)

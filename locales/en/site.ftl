# What every page has: head, header, footer, and the small pages.

site-wordmark = push⇄pull
site-description = The same events over HTTP polling, long polling, Server-Sent Events and WebSocket at the same moment, measured in your own browser.
site-skip = Skip to the content
site-nav = Main
site-footer = Every number has its definition and its error.
site-footer-numbers = What the numbers mean
site-version = pushpull { $version }

nav-lab = Lab

# In its own language, whatever the page is in.
language-name = English
language-label = Language
theme-label = Theme
theme-system = As the system
theme-light = Light
theme-dark = Dark

not-found-title = Page not found
not-found-text = There is no page at this address.
not-found-home = To the lab

sign-in-title = Sign in
sign-in-text = This server can be reached from other machines, so it asks for its token. Whoever started the server has it.
sign-in-token = Token
sign-in-button = Sign in
sign-in-failed = That is not this server's token.

# A button that copies
copy-done = Copied
copy-failed = The browser did not allow it. The text stands at the foot of the page, to copy by hand.

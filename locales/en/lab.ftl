# The lab: what its island says. All keys begin with "lab-"; variables are filled in the browser.

# Names
lab-name-polling = Polling
lab-name-long-polling = Long polling
lab-name-sse = SSE
lab-name-websocket = WebSocket
lab-name-server-fn-polling = Server-fn polling
lab-name-server-fn-long-polling = Server-fn long polling
lab-name-server-fn-websocket = Server-fn WebSocket
lab-list = { ", " }
lab-list-last = { " and " }
lab-more = More

# The verdict. Names come in their colours; "by", "p50" and "within" are ms.
lab-verdict-idle = One log of events, four ways to the browser, measured in yours.
lab-verdict-opening = Opening the lanes…
lab-verdict-first = Every lane gets the same events at the same moment. The measurement has begun.
lab-verdict-watching = Watching. Whatever is published to the topic appears in every lane.
lab-verdict-early = Too early for a verdict: { $blocks } of the { $need } blocks of { $seconds } s that it needs.
lab-verdict-together = { $names } arrive together, { $p50 } ms after the event, within { $within } ms of each other.
lab-verdict-ahead = { $name } is first, { $p50 } ms after the event.
lab-verdict-behind = { $name } needs { $by } ms more.
lab-verdict-half = { $name } is { $by } ms behind: about half its { $interval } s interval.
lab-verdict-never = { $name } lost most of the events.

# What it rests on
lab-events = { $n } events, { $lost }
lab-events-so-far = { $n } events so far
lab-none-lost = none lost
lab-some-lost = { $n } lost
lab-clock-error = clock error
lab-clock-error-tip = How far the server's clock, as this browser knows it, may be off. It belongs to every latency; differences between lanes do not contain it.
lab-trip = round trip { $ms } ms
lab-trip-here = round trip { $ms } ms, this machine
lab-step = timer step { $us } µs
lab-step-isolated = timer step { $us } µs, isolated
lab-publisher = publisher late by { $ms } ms (p99)
lab-publisher-late = ⚠ publisher late by { $ms } ms (p99), which every latency contains
lab-was-hidden = ⚠ the tab was hidden for a while, which slows its timers

# What happens to a run
lab-phase-idle = Stopped
lab-phase-opening = Opening the lanes
lab-phase-running = Running
lab-phase-paused = Paused
lab-phase-draining = Waiting for the last events
lab-phase-ended = Ended
lab-phase-failed = Failed
lab-phase-watching = Watching
lab-kind-demo = Demo
lab-kind-measurement = Measuring
lab-kind-external = Watching
lab-trouble-no-lanes = There is no lane to open: choose at least one, or close other tabs of this lab.
lab-trouble-none-opened = No lane has opened within 10 s. Is the server still there?
lab-trouble-refused = The run could not go on: { $reason }

# Controls
lab-controls = What to measure
lab-presets = Presets
lab-preset-mail-check = Mail check
lab-preset-notifications = Notifications
lab-preset-news-ticker = News ticker
lab-preset-stock-prices = Stock prices
lab-preset-chat = Chat
lab-preset-trading = Trading
lab-field-rate = rate
lab-field-payload = payload
lab-field-interval = poll every
lab-field-wait = wait
lab-wait-tip = For how long the server may hold a long poll. When it is over without an event, the answer is empty and the browser asks again.
lab-field-duration = duration
lab-field-seed = seed
lab-unit-rate = / s
lab-unit-payload = B
lab-unit-interval = s
lab-unit-wait = s
lab-unit-duration = s
lab-out-of-range = { $least } to { $most }
lab-whole-out-of-range = { $least } to { $most }, whole
lab-further = More settings
lab-arrivals = arrivals
lab-arrivals-poisson = random (Poisson)
lab-arrivals-even = even
lab-commensurate = ⚠ Even arrivals meet the polls at the same { $places } places of the interval again and again: what polling's latency comes out as is a matter of luck. Random arrivals avoid it.
lab-lanes = Lanes
lab-server-fn-lanes = Leptos server functions
lab-server-fn-tip = The same log read through the framework's own transports. Their latency includes decoding, and their share of the server's CPU cannot be told apart.
lab-measure = Measure { $seconds } s
lab-pause = Pause
lab-resume = Resume
lab-stop = Stop
lab-demo = Demo
lab-progress-label = Progress
lab-progress = { $now } of { $all } s
lab-progress-open = { $now } s

# A lane
lab-strip = All lanes
lab-hint-polling = asks every { $seconds } s
lab-hint-long-polling = request held open
lab-hint-sse = one response, no end
lab-hint-websocket = both ways, one socket
lab-hint-server-fn-polling = asks every { $seconds } s
lab-hint-server-fn-long-polling = call held open
lab-hint-server-fn-websocket = a stream each way
lab-state-connecting = connecting…
lab-state-retrying = cut off, trying again…
lab-state-failed = failed
lab-state-late = did not open
lab-state-left-out = not opened
lab-trouble-left-out = Not opened: a browser has six connections to a server, shared by all tabs, and this lane would take one of the last two. Close another tab of this lab, or choose fewer lanes.
lab-trouble-late = Not open after 10 s, so this lane takes no part. { $reason }
lab-trouble-failed = This lane could not go on: { $reason }
lab-p50-tip = The median latency: half of the events came faster, half slower. Beside it the interval in which it lies with 95 % confidence.
lab-sse-tip = Server-Sent Events: the browser asks once, and the answer never ends. The server writes each event into it.
lab-interval = (95 %: { $low }–{ $high })
lab-too-few = n = { $n }: no p50 yet
lab-delivered = delivered
lab-ledger = lost · duplicated · out of order
lab-requests = requests · empty
lab-p95-max = p95 · max
lab-more-figures = More figures
lab-reconnects = reconnected
lab-skipped = polls skipped
lab-gaps = gaps told
lab-n = latencies measured
lab-latest = latest
lab-text = latest text
lab-numbers-lost = Lost: { $numbers }.
lab-numbers-duplicated = Duplicated: { $numbers }.
lab-numbers-reordered = Out of order: { $numbers }.
lab-numbers-more = { " " }and { $n } more
lab-how-polling = The browser asks at a fixed interval and gets whatever has piled up.
lab-how-long-polling = The server holds the request until there is an event; then the browser asks again.
lab-how-sse = One response that never ends; the server writes each event into it.
lab-how-websocket = One socket; the server sends each event as a frame.
lab-how-server-fn-polling = Polling through a Leptos server function with GET.
lab-how-server-fn-long-polling = Long polling through a Leptos server function with GET.
lab-how-server-fn-websocket = A Leptos server function with a stream each way over a WebSocket.
lab-how-more = How it works

# The sequence diagram
lab-diagram = { $name }: the last seconds between browser and server, as a sequence diagram. The table below has the same in numbers.
lab-rail-browser = browser
lab-rail-server = server
lab-axis = { $seconds } s
lab-legend-request = request or handshake
lab-legend-event = events (×n: n drawn as one)
lab-legend-empty = empty answer
lab-legend-hold = held open
lab-legend-dot = event comes to be
lab-legend-wait = waits at the server
lab-legend-cut = connection ended, or a gap
lab-legend-half-trip = Time runs downwards, one scale for all lanes. Requests, arrivals and the events’ own times are measured; when a request reached the server and when an empty or late answer left it is not told, so half the shortest round trip is assumed.

# The visitor's own
lab-publish = Send something through all lanes
lab-publish-text = Your text becomes an event of the topic that the lanes are reading.
lab-publish-label = Text to publish
lab-publish-example = hello
lab-publish-button = Publish
lab-publish-sending = Publishing…
lab-publish-done = Published as event { $seq }.
lab-publish-refused = Not published. { $reason }
lab-external = Watch another topic
lab-external-text = The lanes leave the workload and read any topic, from now on. Publish to it from anywhere:
lab-external-label = Topic
lab-external-button = Watch
lab-external-stop = Back to the demo
lab-external-wrong = A topic’s name has 1 to 64 characters out of a–z, 0–9 and the hyphen.

# The table
lab-table = Side by side
lab-table-caption = The present run, all chosen lanes
lab-table-figure = Figure
lab-row-p50 = Latency p50
lab-row-p50-unit = ms, 95 % interval
lab-row-p95 = Latency p95
lab-row-max = Latency max
lab-row-ms = ms
lab-row-delivered = Delivered
lab-row-events = events
lab-row-http = HTTP requests
lab-row-times = times

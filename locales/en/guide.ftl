# The Lab page around the lab itself: how the transports work, what the numbers mean, how to publish.

guide-title = pushpull: four ways for events to reach a browser, measured
guide-noscript = The lab measures in your browser and needs JavaScript for that. What follows can be read without it.

transport-polling = Polling
transport-long-polling = Long polling
transport-sse = SSE
transport-websocket = WebSocket

how-title = How each of them works
how-intro = All four read the same log of numbered events. The server keeps nothing for a reader; the reader keeps a { $cursor } and after a break goes on from there. What the log no longer holds by then is reported as a gap, never skipped in silence.
how-more = More about it
how-on-the-wire = On the wire
how-headers = Headers
how-after-a-cut = After a cut
how-proxies = Proxies

cursor-word = cursor
cursor-meaning = The place in the log up to which everything has been seen: the log's id and an event's number. SSE sends it as Last-Event-ID, the others as “after”.

how-polling-sentence = The browser asks at a fixed interval; each answer is whatever has piled up since the last one.
how-polling-wire = One request, one answer, at once. Often the answer is that there is nothing new: a wasted exchange. An event waits for the next request, half an interval on average.
how-polling-headers = Every exchange carries a full set of request and response headers, often more bytes than the event itself.
how-polling-cut = Nothing stands that could break. A failed request is a missed turn; the next one carries the same cursor and collects what was missed.
how-polling-proxies = Short, ordinary requests pass proxies, firewalls and load balancers without special settings. The TCP connection is usually kept open and used again.

how-long-polling-sentence = The browser asks, and the server holds the request until there is an event. Then the browser asks again.
how-long-polling-wire = The answer comes with the first event, or empty once the wait is over (25 s unless set otherwise). Events that happen between an answer and the next request pile up and come together.
how-long-polling-headers = A full set with every exchange, as in polling, but an exchange is needed only when there is news. The faster events come, the closer it gets to polling.
how-long-polling-cut = The held request fails; the browser asks anew with its last cursor.
how-long-polling-proxies = To a proxy it is a slow answer. One whose time-out is shorter than the wait ends the request with an error, so the wait has to be shorter than any time-out on the way. Over HTTP/1.1 a held request occupies one of the browser's six connections to the server.

how-sse-sentence = One request, one response that does not end: the server writes each event into it as it happens.
how-sse-wire = An ordinary GET, answered as text/event-stream. Each event is a few lines of text and an empty one. It is one-way: to send something, the browser makes another request.
how-sse-headers = Once, when the stream opens. After that an event costs its own text, the field names and a few bytes of framing.
how-sse-cut = The browser reconnects by itself and sends the id of the last event as Last-Event-ID. If an error status comes back it gives up; then the page has to open a new stream.
how-sse-proxies = Ordinary HTTP, but a proxy that buffers responses holds events back, and one that ends idle connections ends the stream; hence a comment line after 15 s of silence. Over HTTP/1.1 each stream occupies one of the browser's six connections to the server, shared by all its tabs.

how-websocket-sentence = An HTTP request turns into a socket, on which both sides send messages whenever they like.
how-websocket-wire = A GET asks for the upgrade, 101 grants it. From then on there is no HTTP on the connection, only frames, in both directions.
how-websocket-headers = Once, in the handshake. After that 2 to 10 bytes a message, and 4 more from the browser, which masks what it sends.
how-websocket-cut = Nothing reconnects by itself. The page has to notice the break, try again after growing pauses and go on from its cursor. A ping after 15 s of silence tells a dead connection from a quiet one.
how-websocket-proxies = Every hop has to let the upgrade through, and some proxies and firewalls do not. CORS does not apply to it: the server has to check the Origin itself.

numbers-title = What the numbers mean
term-latency = Latency
term-latency-text = The time from the moment for which an event was scheduled until the browser received it, on the server's clock. Received means: the first statement of the callback, or for polling and long polling the arrival of the whole body. As the schedule counts, neither a late publisher nor a poll interval can hide anything. Values below zero are kept: they show the clock error.
term-clock-error = Clock error
term-clock-error-text = Browser and server have different clocks. Short exchanges before, during and after a run bound the difference; what stays unknown is the clock error, shown as ±. It belongs to each latency by itself. Lanes of one run share it, so differences between them do not contain it.
term-p50 = p50 and its 95 % interval
term-p50-text = Half of the events came faster than the p50, half slower. The interval beside it shows how far chance could have moved it: of a hundred such intervals about 95 contain the true value. p90, p95 and p99 are read in the same way; each appears only with at least 10 events beyond it. An event that never came counts as infinitely late, so losing events cannot improve a figure.
term-ledger = Lost, duplicated, out of order
term-ledger-text = Every event has a number, and each lane keeps a ledger of them. Lost: not there even after the lane was given time to catch up. Duplicated: came more than once. Out of order: came after an event with a higher number.
term-wasted = Wasted exchange
term-wasted-text = A request whose answer brought neither an event nor the news of a gap. Polling makes them whenever nothing has happened, long polling only when the wait runs out.
term-wait = Wait
term-wait-text = How long the server may hold a long-polling request, in seconds. When it is over and nothing has happened, the answer is empty and the browser asks again.
term-verdict = Verdict
term-verdict-text = One transport is called faster than another only if the 95 % interval of their difference, corrected for the number of comparisons, leaves out zero, and the difference is larger than what the browser's timer can resolve. Otherwise they are said to differ by less than so many ms: likeness is a finding, too.

publish-title = Publish it yourself
publish-text = Let the lab watch the topic { $topic } and send events from a terminal. Each one shows up in all four lanes.
publish-once = One event
publish-lines = Each line of a file, as it grows
publish-watch = Watch from a terminal
publish-token = A server that asks for its token wants it here, too: add -H "Authorization: Bearer …".

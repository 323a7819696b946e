# The charts: what their pictures, tables and notes say. All keys begin with "chart-"; variables are filled where
# the chart is drawn, on the server or in the browser.

# All of them
chart-charts = Charts
chart-table = Table
chart-read = read values
chart-n = n = { $n } events in each lane.
chart-never = { $never } of { $n } events of { $name } never came: { $came } % did.
chart-per-event = Events that the server had written by then: { $lanes }.
chart-band = ⚑ { $from }–{ $to } s: { $name }.
chart-bands-more = ⚑ and { $n } more.
chart-flag-tab-hidden = the tab was hidden
chart-flag-main-thread-blocked = the page’s thread was busy

# Latency over time
chart-latency-over-time = Latency over time
chart-latency-over-time-unit = ms, logarithmic
chart-latency-over-time-none = No event has come yet.
chart-latency-over-time-note = Each stroke goes from the smallest to the largest latency of its moment, so that no late event is hidden.
chart-latency-over-time-lost = Red strokes above a lane: events that never came.
chart-latency-over-time-sample = Each stroke goes from the smallest to the largest latency of its moment, out of a random sample of each lane’s events ({ $lanes }): a late event may be missing here; the distribution has all.
chart-latency-over-time-caption = Smallest–largest latency in ms, and in brackets the number of events, by when they came to be; ∞: never came
chart-latency-over-time-corner = Time, s

# The distribution
chart-cdf = Events received within a time
chart-cdf-unit = % of all events, ms, logarithmic
chart-cdf-none = No event has come yet.
chart-cdf-caption = Share of the events that had come after so many ms; percentiles in ms, where enough events lie beyond them
chart-cdf-corner = Within
chart-cdf-never = never came

# The histogram
chart-histogram = Distribution of latency
chart-histogram-unit = % of the lane’s events, ms, logarithmic
chart-histogram-none = No event has come yet.
chart-histogram-caption = Number of events by latency, and their share of the lane’s events
chart-histogram-corner = Latency

# Bytes
chart-bytes-per-event = Bytes per event
chart-bytes-per-event-unit = B of TCP payload, both ways
chart-bytes-per-event-none = The server’s counts are not here yet.
chart-bytes-per-event-note = Bytes on the wire for the lane, divided by the events that the server had written for it by then.
chart-bytes-per-event-approximate = { $names }: approximate, since requests overtook answers.
chart-bytes-per-event-bodies = { $names }: over HTTP/2 only the bodies can be told apart, so the sum is a lower bound, and “–” is what was not counted.
chart-bytes-per-event-caption = Bytes per event by what they were for; TLS adds its own beside the sum
chart-bytes-per-event-corner = Lane
chart-bytes-per-event-payload = payload
chart-bytes-per-event-envelope = envelope
chart-bytes-per-event-framing = framing
chart-bytes-per-event-heartbeats = heartbeats
chart-bytes-per-event-headers = headers
chart-bytes-per-event-setup = set-up
chart-bytes-per-event-sum = sum
chart-bytes-per-event-tls = TLS

# CPU
chart-cpu-per-event = Server CPU per event
chart-cpu-per-event-unit = µs, with the 95 % interval
chart-cpu-per-event-none = The server’s counts are not here yet.
chart-cpu-per-event-note = CPU time of the lane’s connections, extrapolated from a random sample.
chart-cpu-per-event-shared = cannot be told apart
chart-cpu-per-event-caption = CPU time per event in µs, the half width of its 95 % interval, and out of how many timed samples
chart-cpu-per-event-corner = Lane
chart-cpu-per-event-value = µs
chart-cpu-per-event-error = ± µs
chart-cpu-per-event-samples = samples
